import { replayDeadLetter, type Replay, type ReplayMeans, type ReplayRequest } from './replay-dead-letter';

/** Replaying with the means of this process. */
export class Replays {
  constructor(private readonly means: ReplayMeans) {}

  start(request: ReplayRequest): Promise<Replay> {
    return replayDeadLetter(this.means, request);
  }
}
