import { randomOf } from '@patchbay/contracts';
import {
  AnswerTooComplex,
  type AppliedAnswer,
  applyAnswer,
  type CompiledIntegration,
  type ConditionMoment,
  explain,
  type Explanation,
  type LifecycleEvent,
  preview,
  type PreviewFault,
  type RequestPreview,
} from '@patchbay/edi';
import { v5 as uuidv5 } from 'uuid';
import type { Workplace } from './change-integration';
import { type ChainLink, forecastChain } from './forecast-chain';
import { invalidQuestion } from './problems';
import { type Asked, compileEntity, type Question, readQuestion } from './read-question';

/** What would happen with an event, and why. */
export interface ExplanationAnswer extends Partial<Explanation> {
  /** The integration's own place in `chain`; null when it does not match. Absent when none was asked about. */
  startsAs?: ChainLink['startsAs'] | null;
  /** All stored integrations that match the event, and the one asked about, in the order in which they start. */
  chain: ChainLink[];
}

/** Says why an integration fires or does not, rule by rule, and which others react to the same event. */
export async function explainIntegration(workplace: Workplace, asked: Asked): Promise<ExplanationAnswer> {
  const { event, integration } = await readQuestion(workplace, asked, 'event');
  const now = workplace.now().getTime();
  const momentOf = (id: string): ConditionMoment => ({ now, random: randomOf(event.id, id, uuidv5) });
  const chain = forecastChain(event, await neighbours(workplace, event, integration), momentOf);
  if (!integration) return { chain };
  const own = chain.find(({ id }) => id === integration.record.id);
  return { ...explain(event, integration, momentOf(integration.record.id)), startsAs: own?.startsAs ?? null, chain };
}

/** The request as it would be sent, secrets masked, or why none can be made. */
export async function previewRequest(workplace: Workplace, asked: Asked): Promise<RequestPreview | PreviewFault> {
  const { event, integration } = aboutOne(await readQuestion(workplace, asked, shapeFor(asked)));
  return preview(event, integration);
}

/** What an answer of the service would set and save. */
export async function applyGivenAnswer(workplace: Workplace, asked: Asked): Promise<AppliedAnswer> {
  const shape = asked.id === undefined ? 'answerAndIntegration' : 'answer';
  const { event, integration, answer } = aboutOne(await readQuestion(workplace, asked, shape));
  if (!answer) throw new Error('the shape of the question lets none pass without an answer');
  try {
    return applyAnswer(event, integration, answer);
  } catch (error) {
    if (!(error instanceof AnswerTooComplex)) throw error;
    throw invalidQuestion([{ path: 'answer', code: 'too-complex', message: error.message }]);
  }
}

function shapeFor({ id }: Asked) {
  return id === undefined ? 'eventAndIntegration' : 'event';
}

function aboutOne({ integration, ...question }: Question): Question & { integration: CompiledIntegration } {
  if (!integration) throw new Error('the shape of the question lets none pass without an integration');
  return { ...question, integration };
}

/** All that may match, the one asked about as it is asked about. What cannot be used does not fire. */
async function neighbours(
  { store }: Workplace,
  event: LifecycleEvent,
  own: CompiledIntegration | undefined,
): Promise<CompiledIntegration[]> {
  const others = (await store.candidates(event)).filter(({ id }) => id !== own?.record.id);
  const usable = others.flatMap((entity) => compileEntity(entity, { faults: [], warnings: [] }) ?? []);
  return own ? [...usable, own] : usable;
}
