import type { Conversation, Random } from './conversation';
import * as registry from './stories';
import type { Story } from './stories';

const stories: Story[] = Object.values(registry).filter((entry): entry is Story => 'write' in entry);
const totalWeight = stories.reduce((sum, { weight }) => sum + weight, 0);

/** A believable conversation of a kind drawn by weight; `id` becomes contact id and conversation. */
export function writeConversation(random: Random, id: string): Conversation {
  let point = random() * totalWeight;
  const story = stories.find(({ weight }) => (point -= weight) < 0) ?? stories[0]!;
  return story.write(random, id);
}
