import { fork } from 'node:child_process';

/** What a part of a benchmark can be asked, by name. */
export type Answers = Record<string, (argument: never) => unknown>;

/** A part of a benchmark in a process of its own, so that its time on the processor and its memory are its own. */
export interface OwnProcess<Asked extends Answers> {
  /** Rejects with what went wrong there, or when that process ends. */
  ask<Name extends keyof Asked & string>(
    name: Name,
    ...argument: Parameters<Asked[Name]>
  ): Promise<Awaited<ReturnType<Asked[Name]>>>;
  stop(): void;
}

interface Question {
  id: number;
  name: string;
  argument: unknown;
}

interface Reply {
  id: number;
  result?: unknown;
  fault?: string;
}

interface Waiting {
  resolve(result: never): void;
  reject(fault: Error): void;
}

/** Starts the running bundle once more with `role` as its argument; it must call `answerAs` then. */
export function inOwnProcess<Asked extends Answers>(role: string, flags: string[] = []): OwnProcess<Asked> {
  const child = fork(process.argv[1]!, [role], { execArgv: flags });
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  child.on('message', ({ id, result, fault }: Reply) => {
    const { resolve, reject } = waiting.get(id)!;
    waiting.delete(id);
    if (fault === undefined) resolve(result as never);
    else reject(new Error(`${role}: ${fault}`));
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error(`${role} has ended`));
  });
  return {
    ask: (name, ...[argument]) =>
      new Promise((resolve, reject) => {
        const question: Question = { id: asked++, name, argument };
        waiting.set(question.id, { resolve, reject });
        child.send(question);
      }),
    stop: () => void child.kill(),
  };
}

/** The other side: answers what is asked, until the one who asks is gone. */
export function answerAs(answers: Answers): void {
  const answer = async ({ id, name, argument }: Question): Promise<Reply> => {
    try {
      return { id, result: await answers[name]!(argument as never) };
    } catch (error) {
      return { id, fault: String(error) };
    }
  };
  process.on('message', (question: Question) => void answer(question).then((reply) => process.send?.(reply)));
  process.once('disconnect', () => process.exit());
}
