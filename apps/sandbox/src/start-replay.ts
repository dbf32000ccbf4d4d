import { Problem } from '@patchbay/service-kit';
import { readFile } from 'node:fs/promises';
import { readRealDay, type RecordedEvent } from './conversations/real-day';
import type { Replayer, ReplayProgress } from './conversations/replayer';

/** Starts replaying the file; 400 when it cannot be read as a recorded day, 409 while another replay runs. */
export async function startReplay(
  replayer: Replayer,
  { file, speed = 0 }: { file: string; speed?: number },
): Promise<ReplayProgress> {
  const events = await readDay(file);
  if (!replayer.start(events, { file, speed })) {
    throw new Problem(409, { title: 'A replay is running', detail: 'Wait for it to end: GET /v1/replay tells.' });
  }
  return replayer.tell();
}

async function readDay(file: string): Promise<RecordedEvent[]> {
  try {
    return readRealDay(await readFile(file, 'utf8'));
  } catch (error) {
    const message = `${file} is no recorded day: ${error instanceof Error ? error.message : String(error)}`;
    const errors = [{ path: 'file', code: 'unreadable', message }];
    throw new Problem(400, { title: 'Invalid request', detail: message, code: 'invalid-request', errors });
  }
}
