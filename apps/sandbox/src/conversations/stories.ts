import type { Json, JsonObject } from '@patchbay/edi';
import { pick, type Conversation, type Random, ConversationWriter } from './conversation';
import type { PlayedContact } from './conversation-event';

// One export is one kind of conversation: how it goes and how often it happens (its weight among all).

export interface Story {
  weight: number;
  write(random: Random, id: string): Conversation;
}

export const queues = ['sales', 'support', 'billing', 'vip', 'orders'] as const;
const agents = Array.from({ length: 20 }, (_, index) => `agent-${String(index + 1).padStart(2, '0')}`);

const soon = [0, 0] as const;
const menu = [1, 3] as const;
const wait = [1, 5] as const;
const ring = [0.5, 2] as const;
const talk = [3, 12] as const;
const wrapUp = [1, 4] as const;

export const servedCall: Story = {
  weight: 30,
  write: (random, id) => {
    const agent = agentOf(random);
    return enqueue(call(random, id), random)
      .step('allocated', wait, { agent })
      .step('accepted', ring)
      .step('ended', talk)
      .step('closed', wrapUp).steps;
  },
};

export const rejectedOffer: Story = {
  weight: 8,
  write: (random, id) =>
    enqueue(call(random, id), random)
      .step('allocated', wait, { agent: agentOf(random) })
      .step('rejected', ring, { agent: null })
      .step('allocated', wait, { agent: agentOf(random) })
      .step('accepted', ring)
      .step('ended', talk)
      .step('closed', wrapUp).steps,
};

export const abandonedInQueue: Story = {
  weight: 12,
  write: (random, id) => enqueue(call(random, id), random).step('abandoned', wait).steps,
};

export const abandonedInMenu: Story = {
  weight: 5,
  write: (random, id) => {
    const queue = queueOf(random);
    return call(random, id).step('received', soon, { queue }).step('abandoned', menu).steps;
  },
};

export const transferredCall: Story = {
  weight: 8,
  write: (random, id) => {
    const agent = agentOf(random);
    return enqueue(call(random, id), random)
      .step('allocated', wait, { agent })
      .step('accepted', ring)
      .step('transferred', talk, { queue: queueOf(random), agent: null, transferring_agent: agent })
      .step('queued', soon)
      .step('allocated', wait, { agent: agentOf(random) })
      .step('accepted', ring)
      .step('ended', talk)
      .step('closed', wrapUp).steps;
  },
};

export const overflowedCall: Story = {
  weight: 5,
  write: (random, id) => {
    const overflow = queueOf(random);
    return enqueue(call(random, id), random)
      .step('forwarded', wait, { queue: overflow, forwarding_queue: overflow })
      .step('queued', soon)
      .step('allocated', wait, { agent: agentOf(random) })
      .step('accepted', ring)
      .step('ended', talk)
      .step('closed', wrapUp).steps;
  },
};

export const directCall: Story = {
  weight: 4,
  write: (random, id) =>
    call(random, id)
      .step('received', soon, { queue: null, agent: agentOf(random) })
      .step('allocated', menu)
      .step('accepted', ring)
      .step('ended', talk)
      .step('closed', wrapUp).steps,
};

export const callOut: Story = {
  weight: 7,
  write: (random, id) => callingOut(random, id).step('accepted', ring).step('ended', talk).step('closed', wrapUp).steps,
};

export const refusedCallOut: Story = {
  weight: 2,
  write: (random, id) => callingOut(random, id).step('rejected', ring).step('closed', wrapUp).steps,
};

export const unansweredCallOut: Story = {
  weight: 2,
  write: (random, id) => callingOut(random, id).step('abandoned', ring).step('closed', wrapUp).steps,
};

export const servedChat: Story = {
  weight: 18,
  write: (random, id) =>
    enqueue(chat(random, id), random)
      .step('allocated', wait, { agent: agentOf(random) })
      .step('accepted', ring)
      .step('ended', talk)
      .step('closed', wrapUp).steps,
};

export const abandonedChat: Story = {
  weight: 5,
  write: (random, id) => enqueue(chat(random, id), random).step('abandoned', wait).steps,
};

export const chatOut: Story = {
  weight: 3,
  write: (random, id) => {
    const sentFrom = { direction: 'outbound', queue: queueOf(random), agent: agentOf(random) };
    return chat(random, id).step('accepted', soon, sentFrom).step('ended', talk).step('closed', wrapUp).steps;
  },
};

export const servedEmail: Story = {
  weight: 6,
  write: (random, id) => {
    const email = { channel_type: 'email' as const, channel_sub_type: 'EMAIL', source: addressOf(random) };
    return enqueue(new ConversationWriter({ ...contact(random, id), ...email }, random), random)
      .step('allocated', wait, { agent: agentOf(random) })
      .step('accepted', ring)
      .step('ended', talk)
      .step('closed', wrapUp).steps;
  },
};

function enqueue(writer: ConversationWriter, random: Random): ConversationWriter {
  return writer.step('received', soon, { queue: queueOf(random) }).step('queued', menu);
}

function call(random: Random, id: string): ConversationWriter {
  return new ConversationWriter(contact(random, id), random);
}

function callingOut(random: Random, id: string): ConversationWriter {
  const { source, destination, ...rest } = contact(random, id);
  const out = { direction: 'outbound' as const, source: destination!, destination: source!, agent: agentOf(random) };
  return new ConversationWriter({ ...rest, ...out } as PlayedContact, random);
}

function chat(random: Random, id: string): ConversationWriter {
  const whatsapp = random() < 0.4;
  const kind: Record<string, Json> = whatsapp
    ? { channel_sub_type: 'whatsapp' }
    : { channel_sub_type: 'text', source: addressOf(random), destination: 'chat@example.com' };
  return new ConversationWriter({ ...contact(random, id), channel_type: 'chat', ...kind }, random);
}

function contact(random: Random, id: string): PlayedContact {
  return {
    id,
    guid: id,
    channel_type: 'phone',
    direction: 'inbound',
    language: pick(random, ['FI', 'SV', 'EN']),
    priority: 100,
    queue: null,
    agent: null,
    source: phoneOf(random),
    destination: '+358942720000',
    attached_data: {},
  };
}

function phoneOf(random: Random): string {
  return `+35840${String(Math.floor(random() * 10_000_000)).padStart(7, '0')}`;
}

function addressOf(random: Random): string {
  const name = pick(random, ['anna.aalto', 'e.heikkinen', 'kaisa', 'mikko.saari', 'otto.v', 'sanna']);
  return `${name}@example.org`;
}

function queueOf(random: Random): JsonObject {
  const id = pick(random, queues);
  return { id, address: `${id}@example.com` };
}

function agentOf(random: Random): Json {
  const id = pick(random, agents);
  return { id, number: `+3589427201${id.slice(-2)}`, chat_address: `${id}@example.com` };
}
