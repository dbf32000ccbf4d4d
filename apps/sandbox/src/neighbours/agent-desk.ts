import type { ResultMessage } from '@patchbay/contracts';
import type { JsonObject } from '@patchbay/edi';
import { Recent } from './recent';

/** What the agent sees beside a conversation. */
export interface ShownConversation {
  conversation: string;
  contact: string;
  /** Attached data: a later save overwrites the same key. */
  data: JsonObject;
}

const conversationsKept = 1_000;
const idsKept = 100_000;

/** The agent desktop's inbox: collects what integrations saved, each result once. */
export class AgentDesk {
  private readonly seen = new Recent<true>(idsKept);
  private readonly conversations = new Recent<ShownConversation>(conversationsKept);
  private readonly counts = { shown: 0, repeated: 0 };

  take(result: ResultMessage): void {
    if (this.seen.has(result.id)) {
      this.counts.repeated += 1;
      return;
    }
    this.seen.put(result.id, true);
    const { guid, id } = result.contact;
    const data = { ...this.conversations.get(guid)?.data, ...result.save };
    this.conversations.put(guid, { conversation: guid, contact: id, data });
    this.counts.shown += 1;
  }

  tell(): { counts: { shown: number; repeated: number }; conversations: ShownConversation[] } {
    return { counts: { ...this.counts }, conversations: this.conversations.values() };
  }
}
