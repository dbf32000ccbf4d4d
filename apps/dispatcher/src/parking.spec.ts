import { Parking } from './parking';

const parked = (deliveryId: string, order = 'conversation 1', integrationId = 'crm') => ({
  deliveryId,
  integrationId,
  order,
});

describe('parking', () => {
  it('keeps later deliveries of a conversation and integration behind the first', () => {
    const parking = new Parking();
    parking.park(parked('first'), 1_000, 0);
    expect(parking.isBehind('conversation 1', 'second', 0)).toBe(true);
    expect(parking.isBehind('conversation 1', 'first', 0)).toBe(false);
    expect(parking.isBehind('conversation 2', 'second', 0)).toBe(false);
  });

  it('keeps the order of those that are parked over and over', () => {
    const parking = new Parking();
    parking.park(parked('first'), 1_000, 0);
    parking.park(parked('second'), 1_000, 10);
    parking.park(parked('first'), 1_000, 1_000);
    expect(parking.isBehind('conversation 1', 'second', 1_010)).toBe(true);
    expect(parking.isBehind('conversation 1', 'first', 1_010)).toBe(false);
    parking.leave('first');
    expect(parking.isBehind('conversation 1', 'second', 1_020)).toBe(false);
  });

  it('counts each delivery once, by integration', () => {
    const parking = new Parking();
    parking.park(parked('a'), 1_000, 0);
    parking.park(parked('a'), 1_000, 1_000);
    parking.park(parked('b', 'conversation 2'), 1_000, 0);
    parking.park(parked('c', 'conversation 1', 'survey'), 1_000, 0);
    expect([parking.count('crm'), parking.count('survey'), parking.count('other')]).toEqual([2, 1, 0]);
    parking.leave('a');
    parking.leave('a');
    expect(parking.count('crm')).toBe(1);
  });

  it.each([
    ['a second for a short wait', 300, 1, 1_000],
    ['the longest rung within the wait that was asked for', 30_000, 1, 15_000],
    ['a longer rung when so many are parked that they would come back too often', 300, 201, 5_000],
    ['and longer still', 300, 1_500, 15_000],
    ['but no more than five minutes', 300, 90_000, 300_000],
  ])('chooses %s', (_, retryInMs, count, wait) => {
    const parking = new Parking();
    for (let at = 1; at < count; at++) parking.park(parked(`other ${at}`, `conversation of ${at}`), retryInMs, 0);
    expect(parking.park(parked('last'), retryInMs, 7)).toBe(7 + wait);
  });

  it('waits for nobody who went elsewhere with the lane', () => {
    const parking = new Parking();
    const due = parking.park(parked('first'), 1_000, 0);
    expect(parking.isBehind('conversation 1', 'second', due + 59_000)).toBe(true);
    expect(parking.isBehind('conversation 1', 'second', due + 61_000)).toBe(false);
    expect(parking.count('crm')).toBe(0);
  });

  it('forgets who never came back when others are parked', () => {
    const parking = new Parking();
    parking.park(parked('gone'), 1_000, 0);
    parking.park(parked('here', 'conversation 2'), 1_000, 200_000);
    expect(parking.count('crm')).toBe(1);
  });
});
