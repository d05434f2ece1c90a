import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Statements that read and change the line of lanes. */
export function laneStatements(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text)
  return {
    ends: sql('SELECT head, tail, length FROM lane WHERE customer = ?'),
    open: sql(
      'INSERT INTO lane (customer, head, tail, length, due, turn, wait, attempts) VALUES (?, ?, ?, 1, ?, ?, 0, 0)',
    ),
    grow: sql('UPDATE lane SET tail = ?, length = length + 1 WHERE customer = ?'),
    shrink: sql('UPDATE lane SET tail = ?, length = length - 1 WHERE customer = ?'),
    close: sql('DELETE FROM lane WHERE customer = ?'),
    wait: sql(
      `UPDATE lane SET due = ?, turn = ?, wait = ?, attempts = ?, refusals = ?, refused_first = ?, refused_last = ?
       WHERE customer = ?`,
    ),
    turn: sql(
      'UPDATE lane SET head = ?, length = length - 1, due = ?, turn = ?, wait = 0, attempts = 0 WHERE customer = ?',
    ),
    // Apart, because it is rare: each column that is set costs every event.
    pardon: sql(
      `UPDATE lane SET refusals = 0, refused_first = 0, refused_last = 0 WHERE customer = ? AND refusals > 0`,
    ),
    shorten: sql(
      `UPDATE lane SET due = min(due, $now + min(wait, $longest)), wait = min(wait, $longest),
         refused_first = min(refused_first, $now), refused_last = min(refused_last, $now)
       WHERE due > $now AND (due > $now + min(wait, $longest) OR refused_last > $now)`,
    ),
    lastTurn: sql('SELECT coalesce(max(turn), -1) AS turn FROM lane'),
    line: sql('SELECT customer, due FROM lane ORDER BY due, turn'),
    probes: sql(
      `SELECT customer FROM (SELECT customer, due, turn, attempts FROM lane WHERE due <= ? ORDER BY due, turn LIMIT ?)
       ORDER BY attempts, due, turn`,
    ),
    head: sql('SELECT head AS seq FROM lane WHERE customer = ?'),
    refused: sql(
      `SELECT attempts, refusals, refused_first AS refusedFirst, refused_last AS refusedLast
       FROM lane WHERE customer = ?`,
    ),
    count: sql('SELECT coalesce(sum(length), 0) AS pending FROM lane'),
  }
}
