import { readSave, saveLimits, type SaveTemplate } from './save';

const literal = (key: string, value: string): SaveTemplate => [key, { kind: 'literal', value }];
const keys = (templates: SaveTemplate[]) => Object.keys(readSave(templates, {}).save);

describe('the limits of save', () => {
  it.each([
    ['plain text', 'x'.repeat(saveLimits.value - 2), 'x'.repeat(saveLimits.value - 1)],
    ['two bytes a letter', 'ä'.repeat(saveLimits.value / 2 - 1), 'ä'.repeat(saveLimits.value / 2)],
    ['escapes', '"'.repeat(saveLimits.value / 2 - 1), '"'.repeat(saveLimits.value / 2)],
  ])('hold to the byte for one value: %s', (_, fits, doesNot) => {
    expect(keys([literal('a', fits)])).toEqual(['a']);
    expect(readSave([literal('a', doesNot)], {})).toEqual({
      save: {},
      notDone: [{ name: 'a', reason: expect.stringContaining('16384') }],
    });
  });

  it('hold to the byte for all values together, however many there are', () => {
    const many = Array.from({ length: 512 }, (_, at) => literal(`k${at}`, 'x'.repeat(126)));
    expect(keys(many)).toHaveLength(512);
    const { save, notDone } = readSave([...many, literal('more', ''), literal('null', 'x')], {});
    expect(Object.keys(save)).toHaveLength(512);
    expect(notDone.map(({ name }) => name)).toEqual(['more', 'null']);
  });
});
