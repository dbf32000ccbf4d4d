/** The channels a contact can come by. */
export const channelTypes = ['phone', 'chat', 'email'] as const;
export type ChannelType = (typeof channelTypes)[number];

export const contactDirections = ['inbound', 'outbound'] as const;
export type ContactDirection = (typeof contactDirections)[number];
