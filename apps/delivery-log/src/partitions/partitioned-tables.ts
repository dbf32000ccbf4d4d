/** The tables that are kept by day, and the time that a row's day is taken from. */
export const partitionedTables = [
  { table: 'records', time: 'accepted_at' },
  { table: 'events', time: 'accepted_at' },
  { table: 'deliveries', time: 'accepted_at' },
  { table: 'attempts', time: 'accepted_at' },
  { table: 'dead_letters', time: 'accepted_at' },
  { table: 'rejected', time: 'accepted_at' },
  { table: 'operator_events', time: 'at' },
] as const;

export type PartitionedTable = (typeof partitionedTables)[number];
