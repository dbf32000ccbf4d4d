/** After so many answers in a row that nothing was found, the integration rather asks for the wrong thing. */
export const longestStreak = 50;

/** Counts, per integration, how often in a row its service found nothing. */
export class NotFoundStreaks {
  private readonly lengths = new Map<string, number>();

  /** Notes how a delivery ended well; true once, when the streak has become suspicious. */
  note(integrationId: string, foundNothing: boolean): boolean {
    if (!foundNothing) {
      this.lengths.delete(integrationId);
      return false;
    }
    const length = (this.lengths.get(integrationId) ?? 0) + 1;
    this.lengths.set(integrationId, length);
    return length === longestStreak;
  }
}
