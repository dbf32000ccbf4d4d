/** The request cannot be made from this event; no call is made. Says where in the configuration and why. */
export class RenderFault extends Error {
  constructor(
    readonly path: string,
    message: string,
    readonly code: 'render' | 'render_too_large' = 'render',
  ) {
    super(message);
    this.name = 'RenderFault';
  }
}

/** What a rendered request may weigh, in bytes or characters (language.md section 9). */
export const renderLimits = { url: 8 * 1024, headers: 16 * 1024, body: 256 * 1024 } as const;
