-- Events inside transactions of your own: a table that programs in any language write to, and the pump that empties it.
--
-- A transaction that rolls back leaves nothing, and one that commits has its events moved into the lanes, oldest first.

-- Rows are written and never changed. An event that is not what the API takes becomes a dead letter; what could not even be
-- one of those is refused here, to the statement that writes it.
CREATE TABLE obsidian_events.enqueued (
  -- Given in the order of writing: of two transactions one after the other, the later one has the higher numbers.
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id text NOT NULL CONSTRAINT customer_id_has_2000_bytes_at_the_most CHECK (octet_length(customer_id) <= 2000),
  operation text NOT NULL CONSTRAINT operation_is_identify_customer_or_track_event
    CHECK (operation IN ('identifyCustomer', 'trackEvent')),
  -- What is sent, as the OpenAPI document has it. It need not have the customer_id.
  body json NOT NULL,
  environment text NOT NULL DEFAULT 'test' CONSTRAINT environment_is_test_or_production
    CHECK (environment IN ('test', 'production')),
  -- Your own, to have an event once however often it is written. Without one, it gets one when it is moved.
  id text CONSTRAINT id_is_1_to_255_printable_ascii_characters CHECK (id COLLATE "C" ~ '^[!-~]([ -~]{0,253}[!-~]|)$'),
  accepted_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000);

-- Makes other transactions that call this for one of these customers wait for the end of this one. Their events then have the
-- order in which they committed.
CREATE FUNCTION obsidian_events.in_order(VARIADIC customers text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended('obsidian_events.customer ' || customer_id, 0) AS key
    FROM unnest(customers) AS customer_id ORDER BY key
  ) AS keys;
END
$$;

-- Writes events of a list of objects, each with the columns of the table as its members, and the body as text.
CREATE FUNCTION obsidian_events.enqueue(events json, ordered boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  written bigint;
BEGIN
  IF ordered THEN
    PERFORM obsidian_events.in_order(VARIADIC ARRAY (SELECT e ->> 'customer_id' FROM json_array_elements(events) AS e));
  END IF;
  -- Behind the lock, as a statement of its own: it is here that the events get their numbers.
  INSERT INTO obsidian_events.enqueued (customer_id, operation, body, environment, id)
  SELECT e ->> 'customer_id', e ->> 'operation', (e ->> 'body')::json, e ->> 'environment', e ->> 'id'
  FROM json_array_elements(events) WITH ORDINALITY AS given (e, place)
  ORDER BY place;
  GET DIAGNOSTICS written = ROW_COUNT;
  RETURN written;
END
$$;

-- Shows the oldest of what is committed, for the pump to judge: so many rows and so many bytes, but one row at the least.
CREATE FUNCTION obsidian_events.peek(most integer, most_bytes bigint)
RETURNS TABLE (seq bigint, customer_id text, operation text, body text, environment text)
LANGUAGE sql STABLE AS $$
  SELECT seq, customer_id, operation, body, environment
  FROM (
    SELECT *, sum(octet_length(body)) OVER (ORDER BY seq) - octet_length(body) AS bytes_before
    FROM (
      SELECT e.seq, e.customer_id, e.operation, e.body::text AS body, e.environment
      FROM obsidian_events.enqueued AS e ORDER BY e.seq LIMIT most
    ) AS oldest
  ) AS sized
  WHERE bytes_before < most_bytes ORDER BY seq
$$;

-- Moves rows that `peek` has shown to the ends of their lanes, with the bodies as they are sent, or to the dead letters where
-- there is a fault. Returns how many it has moved: null while another one is at it.
--
-- `peek` has seen every row that was committed before one that it shows. What is lacking of those was moved by another one
-- meanwhile, so that no row overtakes one of a transaction that ended before its own began.
CREATE FUNCTION obsidian_events.pump(seqs bigint[], bodies text[], faults text[], remember_ms double precision) RETURNS bigint
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
      (customer_id, environment, id, has_minted_id, operation, body, accepted_at, reason, attempts, detail)
    SELECT customer_id, environment, id, has_minted_id, operation, body, accepted_at, 'refused', 0, fault
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
      (customer_id, environment, id, has_minted_id, operation, body, accepted_at, reason, attempts, detail)
    SELECT customer_id, environment, id, has_minted_id, operation, body, accepted_at, 'refused', 0,
      'Not sent: id is on its way, or was delivered, with other data.'
    FROM unnest(customers, environments, ids, minted, operations, sent, accepted, fates) WITH ORDINALITY
      AS g (customer_id, environment, id, has_minted_id, operation, body, accepted_at, fate, place)
    WHERE fate = 'taken' ORDER BY place;
  END IF;
  PERFORM obsidian_events.drop_empty(touched);
  RETURN moved;
END
$$;

-- Erases a customer, with what is committed and not moved yet.
CREATE FUNCTION obsidian_events.erase(owner uuid, customer text, OUT pending bigint, OUT dead bigint)
LANGUAGE plpgsql AS $$
DECLARE
  erased bigint;
BEGIN
  SELECT f.pending, f.dead INTO pending, dead FROM obsidian_events.forget(owner, customer) AS f;
  DELETE FROM obsidian_events.enqueued AS e WHERE e.customer_id = customer;
  GET DIAGNOSTICS erased = ROW_COUNT;
  pending := pending + erased;
END
$$;

-- Lists customers with pending events, those too that are committed and not moved yet: the oldest 100,000 of these.
CREATE FUNCTION obsidian_events.waiting(most integer, counted integer)
RETURNS TABLE (
  customer_id text,
  environment text,
  pending bigint,
  oldest_at bigint,
  attempts integer,
  due_in double precision,
  is_lent boolean
)
LANGUAGE sql STABLE AS $$
  SELECT
    customer_id, coalesce(l.environment, e.environment), least(coalesce(l.pending, 0) + coalesce(e.pending, 0), counted),
    coalesce(l.oldest_at, e.oldest_at), coalesce(l.attempts, 0), coalesce(l.due_in, 0), coalesce(l.is_lent, false)
  FROM (
    SELECT *, row_number() OVER () AS place FROM obsidian_events.waiting_lanes(most, counted)
  ) AS l
  FULL JOIN (
    SELECT
      q.customer_id, (array_agg(q.environment ORDER BY q.seq))[1] AS environment, count(*) AS pending,
      (extract(epoch FROM min(q.accepted_at)) * 1000)::bigint AS oldest_at, min(q.seq) AS seq
    FROM (SELECT * FROM obsidian_events.enqueued AS o ORDER BY o.seq LIMIT 100000) AS q GROUP BY q.customer_id
  ) AS e USING (customer_id)
  ORDER BY l.place, e.seq LIMIT most
$$;

-- Counts what is pending, what is committed and not moved yet among it, and what is dead.
CREATE FUNCTION obsidian_events.counts(OUT pending bigint, OUT dead bigint)
LANGUAGE sql STABLE AS $$
  SELECT
    obsidian_events.count_of('obsidian_events.event') + obsidian_events.count_of('obsidian_events.enqueued'),
    obsidian_events.count_of('obsidian_events.dead')
$$;

UPDATE obsidian_events.version SET version = 2;
