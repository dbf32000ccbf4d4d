const sameRequest = 1_000;

/**
 * Calls `first` when asked to stop (Ctrl-C, SIGTERM, a closed terminal or a closed output), and `again` when asked once
 * more. One Ctrl-C may come twice: from the terminal, and passed on by npm.
 */
export function whenAskedToStop({ first, again }) {
  let since;
  const ask = () => {
    if (since === undefined) {
      since = Date.now();
      first();
    } else if (Date.now() - since > sameRequest) {
      again();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, ask);
  process.stdout.on('error', () => since ?? ask());
}
