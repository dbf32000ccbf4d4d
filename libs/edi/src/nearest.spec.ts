import { nearest } from './nearest';

const words = ['channel_type', 'channel_sub_type', 'direction', 'id', 'guid', 'queue'];

describe('nearest', () => {
  it.each([
    ['chanel_type', 'channel_type'],
    ['channel_tpye', 'channel_type'],
    ['Direction', 'direction'],
    ['quue', 'queue'],
    ['qeueu', 'queue'],
    ['gid', 'id'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, words)).toBe(meant);
  });

  it.each(['dirx', 'customer', '', 'xy'])('has no idea about %j', (word) => {
    expect(nearest(word, words)).toBeUndefined();
  });

  it('prefers the closest, and of equals the first', () => {
    expect(nearest('abcd', ['abxy', 'abcx', 'abxd'])).toBe('abcx');
  });

  it('suggests nothing for a word that is right', () => {
    expect(nearest('id', ['id'])).toBeUndefined();
  });
});
