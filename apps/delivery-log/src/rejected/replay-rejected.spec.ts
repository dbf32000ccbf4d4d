import { queueNames, type RejectedMessage } from '@patchbay/contracts';
import { eventually } from '@patchbay/testing';
import { v7 } from 'uuid';
import { startHarness, type Harness } from '../delivery-log.suite';

jest.setTimeout(60_000);

let harness: Harness;
beforeAll(async () => void (harness = await startHarness()));
afterAll(() => harness.close());

describe('R1.18: rejected input', () => {
  it('is given to intake once more, byte for byte, by operators only', async () => {
    const body = Buffer.from([0xff, 0xfe, ...Buffer.from('{"event":')]);
    const refusal: RejectedMessage = {
      id: v7(),
      rejectedAt: new Date().toISOString(),
      source: 'amqp',
      reason: 'not JSON',
      faults: [],
      bodyBase64: body.toString('base64'),
    };
    await harness.send(queueNames.rejected, JSON.stringify(refusal));
    const [rejected] = await eventually('it is kept', async () => {
      const { items } = await harness.get('/v1/rejected');
      return items.length > 0 && items;
    });
    expect(rejected).toMatchObject({ replayedAt: null });
    const path = `/v1/rejected/${rejected.id}/replay`;
    expect((await harness.viewer.post(path)).status).toBe(403);
    const taken = harness.take(queueNames.intake);
    expect(await harness.operator.post(path)).toMatchObject({ status: 202, data: { id: rejected.id } });
    await eventually('intake has it', () => taken.length === 1);
    expect(taken[0]!.body).toEqual(body);
    expect(taken[0]!.messageId).toBe(rejected.id);
    expect((await harness.get(`/v1/rejected/${rejected.id}`)).replayedAt).not.toBeNull();
  });

  it('that is not there cannot be', async () => {
    expect((await harness.operator.post('/v1/rejected/none/replay')).status).toBe(404);
  });
});
