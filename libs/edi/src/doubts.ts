import type { Placeholder, Template, TemplateGrammar } from '@patchbay/template';
import type { Findings } from './fault';
import { nearest } from './nearest';

/** The documented properties of `contact` (language.md section 9); others are carried along and usable. */
export const contactProperties = [
  'id',
  'guid',
  'channel_type',
  'channel_sub_type',
  'direction',
  'created',
  'language',
  'priority',
  'skills',
  'queue',
  'forwarding_queue',
  'agent',
  'preferred_agent',
  'transferring_agent',
  'required_agents',
  'source',
  'destination',
  'attached_data',
] as const;

const agent = ['id', 'number', 'chat_address'];
const queue = ['id', 'address'];

/** What is known below a path; a path that is not here may hold anything. */
const known: Record<string, readonly string[]> = {
  contact: contactProperties,
  'contact.queue': queue,
  'contact.forwarding_queue': queue,
  'contact.agent': agent,
  'contact.preferred_agent': agent,
  'contact.transferring_agent': agent,
  event: ['name', 'datetime'],
  response: ['body', 'text', 'headers', 'status', 'duration', 'debug'],
  request: ['method', 'url', 'query_params'],
};

/** Reports placeholders that lead to nothing known, with the name that was probably meant. */
export function doubtPlaceholders(
  template: Template,
  grammar: TemplateGrammar,
  path: string,
  findings: Findings,
): void {
  for (const piece of template.pieces) {
    if (typeof piece === 'string') doubtText(piece, grammar, path, findings);
    else doubtPath(piece, path, findings);
  }
}

function doubtPath({ root, path: parts, source, column }: Placeholder, path: string, findings: Findings): void {
  let place = root;
  for (const part of parts) {
    const names = known[place];
    if (names && !names.includes(part)) return tell(place, part, names);
    place = `${place}.${part}`;
  }

  function tell(parent: string, part: string, names: readonly string[]): void {
    const meant = nearest(part, names);
    const advice = meant ? `did you mean "${meant}"?` : `known are ${names.join(', ')}`;
    const finding = {
      path,
      code: 'unknown-property',
      message: `${source} at column ${column}: ${parent} has no "${part}"; ${advice}`,
    };
    // An event has just two parts; a contact may carry more than is documented, so there it is only a doubt.
    if (parent === 'event') findings.faults.push(finding);
    else findings.warnings.push(finding);
  }
}

const rootLike = /\{([A-Za-z_]+)(?=[.[}])/g;

function doubtText(text: string, { roots, refused = {} }: TemplateGrammar, path: string, findings: Findings): void {
  if (!text.includes('{')) return;
  for (const [, word] of text.matchAll(rootLike)) {
    if (word === undefined || roots.includes(word) || Object.hasOwn(refused, word)) continue;
    const meant = nearest(word, roots);
    if (meant === undefined) continue;
    const message = `"{${word}" is no placeholder and is sent as written; did you mean "{${meant}"?`;
    findings.warnings.push({ path, code: 'unknown-root', message });
  }
}
