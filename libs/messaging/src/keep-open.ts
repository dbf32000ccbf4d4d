import { fullJitter, pause, type BackOff } from './back-off';

export interface KeepOpenOptions {
  /** Opens something and holds it; resolves or throws when it has ended. */
  session: () => Promise<void>;
  onFailure: (error: unknown) => void;
  signal: AbortSignal;
  backOff: BackOff;
}

/** A session that lasted this long was sound: the next back-off starts from the shortest again. */
const soundAfterMs = 5_000;

/** Runs the session again after every end, for ever, with back-off in between, until the signal is aborted. */
export async function keepOpen({ session, onFailure, signal, backOff }: KeepOpenOptions): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    const since = Date.now();
    await session().catch((error: unknown) => signal.aborted || onFailure(error));
    if (Date.now() - since > soundAfterMs) attempt = 0;
    await pause(fullJitter(attempt, backOff), signal);
  }
}
