import type { TemplateGrammar } from '@patchbay/template';

// Which placeholders may stand where (language.md section 4).

const noAnswerYet =
  '{response...} has no value in the request: the answer comes after it. Use it in response.set or response.save';
const onlyInHeaders =
  '{authentications...} is a secret and may stand in request.headers only, never in a URL, a param, a body or the response part';

/** Names of section 7 that a save may use besides the answer. */
export const debugNames = [
  'config_id',
  'method',
  'url',
  'query_params',
  'status',
  'duration',
  'debug',
  'request',
] as const;

const data = ['contact', 'event'] as const;

export const urlGrammar: TemplateGrammar = {
  roots: data,
  refused: { response: noAnswerYet, authentications: onlyInHeaders },
};
export const headerGrammar: TemplateGrammar = {
  roots: [...data, 'authentications'],
  refused: { response: noAnswerYet },
};
export const bodyGrammar: TemplateGrammar = urlGrammar;
export const responseGrammar: TemplateGrammar = {
  roots: [...data, 'response', ...debugNames],
  refused: { authentications: onlyInHeaders },
};
