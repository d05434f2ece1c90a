-- Each id that was delivered is remembered for as long as whoever gave it has said, and of several the one who said the
-- longest. The shortest time of all who share the database decided before.

-- The time for which an event's id is remembered once it is delivered, by whichever machine.
ALTER TABLE obsidian_events.event ADD COLUMN remember_ms double precision NOT NULL DEFAULT 86400000;
-- The same of a dead letter, which may be replayed.
ALTER TABLE obsidian_events.dead ADD COLUMN remember_ms double precision NOT NULL DEFAULT 86400000;

-- The end of that time. Those from before have none, and are remembered for as long as whoever asks has said.
ALTER TABLE obsidian_events.delivered ADD COLUMN until timestamptz;
DROP INDEX obsidian_events.delivered_at;
CREATE INDEX delivered_at ON obsidian_events.delivered (at) WHERE until IS NULL;
CREATE INDEX delivered_until ON obsidian_events.delivered (until);

-- Stores events at the ends of their lanes. Returns the fate of each; null where all are stored.
CREATE OR REPLACE FUNCTION obsidian_events.append(
  owner uuid,
  customers text[],
  environments text[],
  ids text[],
  minted boolean[],
  operations text[],
  bodies text[],
  accepted bigint[],
  remember_ms double precision
) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  since timestamptz := moment - remember_ms * interval '1 millisecond';
  added bigint[];
  found text[];
BEGIN
  PERFORM obsidian_events.outlast();
  PERFORM obsidian_events.lock_lanes(customers);
  WITH stored AS (
    INSERT INTO obsidian_events.event
      (customer_id, environment, id, has_minted_id, operation, body, accepted_at, owners, remember_ms)
    SELECT g.customer_id, g.environment, g.id, g.has_minted_id, g.operation, g.body, g.accepted_at,
      array_remove(ARRAY[append.owner], NULL), append.remember_ms
    FROM unnest(customers, environments, ids, minted, operations, bodies, accepted)
      WITH ORDINALITY AS g (customer_id, environment, id, has_minted_id, operation, body, accepted_at, place)
    WHERE g.has_minted_id OR NOT EXISTS (
      SELECT FROM obsidian_events.delivered AS d
      WHERE (d.customer_id, d.environment, d.id) = (g.customer_id, g.environment, g.id)
        AND coalesce(d.until > moment, d.at > since)
    )
    ORDER BY g.place
    ON CONFLICT (customer_id, environment, id) DO NOTHING
    RETURNING seq
  )
  SELECT array_agg(seq) INTO added FROM stored;
  IF cardinality(added) = cardinality(ids) THEN
    RETURN NULL;
  END IF;
  found := obsidian_events.fates(append.owner, customers, environments, ids, operations, bodies, coalesce(added, '{}'));
  -- Of those who have given an id, the one who wants it to be remembered the longest decides.
  UPDATE obsidian_events.event AS e SET remember_ms = append.remember_ms
  FROM unnest(customers, environments, ids, found) AS g (customer_id, environment, id, fate)
  WHERE (e.customer_id, e.environment, e.id) = (g.customer_id, g.environment, g.id)
    AND g.fate = 'pending' AND e.remember_ms < append.remember_ms;
  UPDATE obsidian_events.delivered AS d SET until = d.at + append.remember_ms * interval '1 millisecond'
  FROM unnest(customers, environments, ids, found) AS g (customer_id, environment, id, fate)
  WHERE (d.customer_id, d.environment, d.id) = (g.customer_id, g.environment, g.id)
    AND g.fate = 'done' AND d.until < d.at + append.remember_ms * interval '1 millisecond';
  RETURN found;
END
$$;

-- Records what became of lent events. Tells for each whether its lease still held.
CREATE OR REPLACE FUNCTION obsidian_events.settle(
  owner uuid,
  customers text[],
  tokens uuid[],
  seqs bigint[],
  kinds text[],
  waits double precision[],
  refused boolean[],
  reasons text[],
  counts integer[],
  statuses integer[],
  details text[]
) RETURNS boolean[]
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  moment timestamptz := clock_timestamp();
  held uuid[];
  told uuid[];
BEGIN
  IF 'dead' = ANY (kinds) THEN
    PERFORM obsidian_events.outlast();
  ELSE
    PERFORM set_config('synchronous_commit', 'off', true);
  END IF;
  -- Before anything is looked for: what others append is seen by the statements behind this one.
  WITH locked AS (
    SELECT l.token FROM obsidian_events.lane AS l
    WHERE l.customer_id = ANY (customers) AND l.token = ANY (tokens)
    ORDER BY l.customer_id FOR UPDATE
  )
  SELECT coalesce(array_agg(token), '{}') INTO held FROM locked;
  WITH given AS (
    SELECT * FROM unnest(tokens, seqs, kinds, reasons, counts, statuses, details)
      AS g (token, seq, kind, reason, attempts, status, detail)
    WHERE g.token = ANY (held) AND g.kind IN ('delivered', 'dead')
  ), gone AS (
    DELETE FROM obsidian_events.event AS e USING given AS g WHERE e.seq = g.seq
    RETURNING e.*, g.kind, g.reason, g.attempts, g.status, g.detail
  ), buried AS (
    INSERT INTO obsidian_events.dead
      (customer_id, environment, id, has_minted_id, operation, body, accepted_at, remember_ms,
        reason, attempts, status, detail)
    SELECT customer_id, environment, id, has_minted_id, operation, body, accepted_at, remember_ms,
      reason, attempts, status, detail
    FROM gone WHERE kind = 'dead' ORDER BY seq
  ), remembered AS (
    INSERT INTO obsidian_events.delivered (customer_id, environment, id, at, fingerprint, until)
    SELECT customer_id, environment, id, moment, obsidian_events.fingerprint(operation, body),
      moment + remember_ms * interval '1 millisecond'
    FROM gone WHERE kind = 'delivered' AND NOT has_minted_id
    ON CONFLICT (customer_id, environment, id)
      DO UPDATE SET at = excluded.at, fingerprint = excluded.fingerprint, until = excluded.until
  ), noted AS (
    INSERT INTO obsidian_events.news (owner, customer_id, environment, id, kind, reason, attempts, status, detail)
    SELECT o, customer_id, environment, id, kind, reason, attempts, status, detail
    FROM gone CROSS JOIN unnest(owners) AS o WHERE o <> settle.owner AND obsidian_events.hears(o)
    RETURNING owner
  )
  SELECT array_agg(DISTINCT owner) INTO told FROM noted;
  DELETE FROM obsidian_events.lane AS l
  WHERE l.token = ANY (held) AND l.customer_id = ANY (customers)
    AND obsidian_events.head_of(l.customer_id) IS NULL;
  -- The heads of these have left: the next ones have not been tried.
  UPDATE obsidian_events.lane AS l
  SET token = NULL, due = moment, attempts = 0, refusals = 0, refused_first = NULL, refused_last = NULL
  FROM unnest(tokens, kinds) AS g (token, kind)
  WHERE l.customer_id = ANY (customers) AND l.token = g.token AND g.kind IN ('delivered', 'dead');
  UPDATE obsidian_events.lane AS l
  SET
    token = NULL,
    due = moment + g.after_ms * interval '1 millisecond',
    attempts = l.attempts + 1,
    refusals = l.refusals + g.is_refusal::integer,
    refused_first = CASE WHEN g.is_refusal THEN coalesce(l.refused_first, moment) ELSE l.refused_first END,
    refused_last = CASE WHEN g.is_refusal THEN moment ELSE l.refused_last END
  FROM unnest(tokens, kinds, waits, refused) AS g (token, kind, after_ms, is_refusal)
  WHERE l.customer_id = ANY (customers) AND l.token = g.token AND g.kind = 'retry';
  UPDATE obsidian_events.lane AS l SET token = NULL, due = moment
  FROM unnest(tokens, kinds) AS g (token, kind)
  WHERE l.customer_id = ANY (customers) AND l.token = g.token AND g.kind = 'release';
  PERFORM obsidian_events.tell(told);
  RETURN (SELECT array_agg(g.token = ANY (held) ORDER BY g.place) FROM unnest(tokens) WITH ORDINALITY AS g (token, place));
END
$$;

-- Puts dead letters back at the ends of their lanes, but for those whose event is pending again, or was delivered under its
-- id since. Returns how many.
CREATE OR REPLACE FUNCTION obsidian_events.replay(owner uuid, numbers bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  customers text[];
  replayed bigint;
BEGIN
  PERFORM obsidian_events.outlast();
  SELECT array_agg(DISTINCT d.customer_id) INTO customers FROM obsidian_events.dead AS d WHERE d.number = ANY (numbers);
  PERFORM obsidian_events.lock_lanes(customers);
  WITH letters AS (
    SELECT DISTINCT ON (d.customer_id, d.environment, d.id) d.*
    FROM obsidian_events.dead AS d WHERE d.number = ANY (numbers) AND (
      d.has_minted_id OR NOT EXISTS (
        SELECT FROM obsidian_events.delivered AS k
        WHERE (k.customer_id, k.environment, k.id) = (d.customer_id, d.environment, d.id)
          AND coalesce(k.until, k.at + d.remember_ms * interval '1 millisecond') > clock_timestamp()
      )
    )
    ORDER BY d.customer_id, d.environment, d.id, d.number
  ), added AS (
    INSERT INTO obsidian_events.event
      (customer_id, environment, id, has_minted_id, operation, body, accepted_at, owners, remember_ms)
    SELECT customer_id, environment, id, has_minted_id, operation, body,
      (extract(epoch FROM clock_timestamp()) * 1000)::bigint, ARRAY[replay.owner], remember_ms
    FROM letters ORDER BY number
    ON CONFLICT (customer_id, environment, id) DO NOTHING
    RETURNING customer_id, environment, id
  ), revived AS (
    DELETE FROM obsidian_events.dead AS d
    WHERE d.number IN (SELECT l.number FROM letters AS l JOIN added USING (customer_id, environment, id))
  )
  SELECT count(*) INTO replayed FROM added;
  PERFORM obsidian_events.drop_empty(customers);
  RETURN replayed;
END
$$;

-- Moves rows that `peek` has shown to the ends of their lanes, with the bodies as they are sent, or to the dead letters where
-- there is a fault. Returns how many it has moved: null while another one is at it.
--
-- `peek` has seen every row that was committed before one that it shows. What is lacking of those was moved by another one
-- meanwhile, so that no row overtakes one of a transaction that ended before its own began.
CREATE OR REPLACE FUNCTION obsidian_events.pump(seqs bigint[], bodies text[], faults text[], remember_ms double precision) RETURNS bigint
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  touched text[];
  moved bigint;
  customers text[];
  environments text[];
  ids text[];
  minted boolean[];
  operations text[];
  sent text[];
  accepted bigint[];
  fates text[];
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('obsidian_events.pump', 0)) THEN
    RETURN NULL;
  END IF;
  -- What is lent before it is on the disk would get another id after a crash.
  PERFORM obsidian_events.outlast();
  SELECT array_agg(DISTINCT e.customer_id) INTO touched FROM obsidian_events.enqueued AS e WHERE e.seq = ANY (seqs);
  -- Before the rows, as whoever forgets a customer does.
  PERFORM obsidian_events.lock_lanes(touched);
  WITH gone AS (
    DELETE FROM obsidian_events.enqueued AS e
    USING unnest(seqs, bodies, faults) AS g (seq, body, fault)
    WHERE e.seq = g.seq
    RETURNING
      e.seq, e.customer_id, e.environment, coalesce(e.id, gen_random_uuid()::text) AS id, e.id IS NULL AS has_minted_id,
      e.operation, g.body, (extract(epoch FROM e.accepted_at) * 1000)::bigint AS accepted_at, g.fault
  ), buried AS (
    INSERT INTO obsidian_events.dead
      (customer_id, environment, id, has_minted_id, operation, body, accepted_at, remember_ms, reason, attempts, detail)
    SELECT customer_id, environment, id, has_minted_id, operation, body, accepted_at, pump.remember_ms, 'refused', 0, fault
    FROM gone WHERE fault IS NOT NULL ORDER BY seq
  ), fit AS (
    SELECT
      array_agg(customer_id ORDER BY seq) AS customers, array_agg(environment ORDER BY seq) AS environments,
      array_agg(id ORDER BY seq) AS ids, array_agg(has_minted_id ORDER BY seq) AS minted,
      array_agg(operation ORDER BY seq) AS operations, array_agg(body ORDER BY seq) AS sent,
      array_agg(accepted_at ORDER BY seq) AS accepted
    FROM gone WHERE fault IS NULL
  )
  SELECT (SELECT count(*) FROM gone), f.customers, f.environments, f.ids, f.minted, f.operations, f.sent, f.accepted
  INTO moved, customers, environments, ids, minted, operations, sent, accepted
  FROM fit AS f;
  IF ids IS NOT NULL THEN
    -- Nobody waits for them: they have no owner.
    fates := obsidian_events.append(NULL, customers, environments, ids, minted, operations, sent, accepted, remember_ms);
    INSERT INTO obsidian_events.dead
      (customer_id, environment, id, has_minted_id, operation, body, accepted_at, remember_ms, reason, attempts, detail)
    SELECT customer_id, environment, id, has_minted_id, operation, body, accepted_at, pump.remember_ms, 'refused', 0,
      'Not sent: id is on its way, or was delivered, with other data.'
    FROM unnest(customers, environments, ids, minted, operations, sent, accepted, fates) WITH ORDINALITY
      AS g (customer_id, environment, id, has_minted_id, operation, body, accepted_at, fate, place)
    WHERE fate = 'taken' ORDER BY place;
  END IF;
  PERFORM obsidian_events.drop_empty(touched);
  RETURN moved;
END
$$;

-- Drops what need not be known any longer, some of it at a time; one machine does it for all. Returns how much there was.
CREATE OR REPLACE FUNCTION obsidian_events.tidy(remember_ms double precision) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  ids bigint;
  older bigint;
  told bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('obsidian_events.tidy', 0)) THEN
    RETURN 0;
  END IF;
  PERFORM set_config('synchronous_commit', 'off', true);
  -- Before its news, as an owner does that hears of some.
  DELETE FROM obsidian_events.owner WHERE heard_at < clock_timestamp() - interval '1 day';
  DELETE FROM obsidian_events.delivered WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM obsidian_events.delivered WHERE until < clock_timestamp() ORDER BY until LIMIT 10000
    FOR UPDATE SKIP LOCKED
  ));
  GET DIAGNOSTICS ids = ROW_COUNT;
  DELETE FROM obsidian_events.delivered WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM obsidian_events.delivered
    WHERE until IS NULL AND at < clock_timestamp() - remember_ms * interval '1 millisecond' ORDER BY at LIMIT 10000
    FOR UPDATE SKIP LOCKED
  ));
  GET DIAGNOSTICS older = ROW_COUNT;
  -- Whoever has not heard it in a day is gone.
  DELETE FROM obsidian_events.news WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM obsidian_events.news WHERE at < clock_timestamp() - interval '1 day' ORDER BY at LIMIT 10000
    FOR UPDATE SKIP LOCKED
  ));
  GET DIAGNOSTICS told = ROW_COUNT;
  RETURN ids + older + told;
END
$$;

UPDATE obsidian_events.version SET version = 3;
