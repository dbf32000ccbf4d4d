import type { Delivery } from '@patchbay/messaging';
import { VainDeliveries } from './vain-deliveries';

function aChannel(queue = 'patchbay.lane.0') {
  const loss = new AbortController();
  const delivery = (deliveryCount: number) => ({ queue, deliveryCount, lost: loss.signal }) as Delivery;
  return { delivery, lose: () => loss.abort() };
}

describe('R1.16: how often a message was given out in vain', () => {
  it('is what the broker counts, for a process that has lost nothing', () => {
    const vain = new VainDeliveries();
    const { delivery } = aChannel();
    expect([0, 1, 5].map((count) => vain.count(delivery(count)))).toEqual([0, 1, 5]);
  });

  it('leaves out the channels that this process lost and outlived, by queue', () => {
    const vain = new VainDeliveries();
    const [first, second, other] = [aChannel(), aChannel(), aChannel('patchbay.lane.1')];
    vain.count(other.delivery(0));
    for (let count = 0; count < 3; count++) vain.count(first.delivery(0));
    first.lose();
    expect(vain.count(second.delivery(2))).toBe(1);
    expect(vain.count(second.delivery(0))).toBe(0);
    expect(vain.count(other.delivery(2))).toBe(2);
  });
});
