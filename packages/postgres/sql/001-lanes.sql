-- The outbox that several machines share: a lane for each customer, lent to one machine at a time.
--
-- Nothing here is to be changed by hand: the package that asks these functions checks the version at the end.
-- Every function is one transaction of one round trip, and each statement in it sees what was committed before it began.

CREATE SCHEMA IF NOT EXISTS obsidian_events;

-- Events that are pending. A customer's are sent in the order of `seq`, which is given while their lane is locked.
CREATE TABLE obsidian_events.event (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id text NOT NULL,
  environment text NOT NULL,
  id text NOT NULL,
  has_minted_id boolean NOT NULL,
  operation text NOT NULL,
  body text NOT NULL,
  -- Milliseconds since 1970, by the clock of the machine that took the call.
  accepted_at bigint NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Those who are to be told of its end. The first one has stored it. There is none where a transaction has enqueued it.
  owners uuid[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000);
CREATE UNIQUE INDEX event_lane ON obsidian_events.event (customer_id, seq);
CREATE UNIQUE INDEX event_id ON obsidian_events.event (customer_id, environment, id);

-- Customers that have pending events. One without any has no lane.
CREATE TABLE obsidian_events.lane (
  customer_id text PRIMARY KEY,
  -- The moment from which it may be lent: the end of a pause, or of a lease.
  due timestamptz NOT NULL,
  -- The lease that it is lent by. By chance, since a crash of the server may take back a number that was given.
  token uuid,
  attempts integer NOT NULL DEFAULT 0,
  refusals integer NOT NULL DEFAULT 0,
  refused_first timestamptz,
  refused_last timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000);
CREATE INDEX lane_due ON obsidian_events.lane (due);

CREATE TABLE obsidian_events.dead (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id text NOT NULL,
  environment text NOT NULL,
  id text NOT NULL,
  has_minted_id boolean NOT NULL,
  operation text NOT NULL,
  body text NOT NULL,
  accepted_at bigint NOT NULL,
  died_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reason text NOT NULL,
  attempts integer NOT NULL,
  status integer,
  detail text
);
CREATE INDEX dead_customer ON obsidian_events.dead (customer_id);

-- Ids that somebody gave and that were delivered, each with a fingerprint of what was sent under it.
CREATE TABLE obsidian_events.delivered (
  customer_id text NOT NULL,
  environment text NOT NULL,
  id text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  fingerprint bytea NOT NULL,
  PRIMARY KEY (customer_id, environment, id)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000);
CREATE INDEX delivered_at ON obsidian_events.delivered (at);

-- Trackers that hear of the ends of their events. One that has not looked for five minutes is told no more.
CREATE TABLE obsidian_events.owner (
  owner uuid PRIMARY KEY,
  heard_at timestamptz NOT NULL
);

-- Ends of events, for those who have stored them and have not brought them about.
CREATE TABLE obsidian_events.news (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner uuid NOT NULL,
  customer_id text NOT NULL,
  environment text NOT NULL,
  id text NOT NULL,
  kind text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reason text,
  attempts integer,
  status integer,
  detail text
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 10000);
CREATE INDEX news_owner ON obsidian_events.news (owner, number);
CREATE INDEX news_at ON obsidian_events.news (at);

CREATE TABLE obsidian_events.version (
  version integer NOT NULL
);

CREATE FUNCTION obsidian_events.fingerprint(operation text, body text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256(convert_to(operation || E'\n' || body, 'UTF8'));

-- Makes this transaction wait for the disk. A role that waits for more, such as for a standby, goes on doing so.
CREATE FUNCTION obsidian_events.outlast() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
END
$$;

-- Locks lanes, which are made where they are missing: in the order of their keys, so that no two transactions wait for each other.
CREATE FUNCTION obsidian_events.lock_lanes(customers text[]) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO obsidian_events.lane (customer_id, due)
  SELECT customer_id, clock_timestamp()
  FROM (SELECT DISTINCT unnest(customers) AS customer_id) AS given
  ORDER BY customer_id
  ON CONFLICT (customer_id) DO UPDATE SET due = lane.due
$$;

-- Finds the oldest event of a customer: null where there is none.
--
-- By no equality: where the server knows little of its tables, or one customer has most of what is pending, it would look for
-- the events of another one from the first of all on.
CREATE FUNCTION obsidian_events.head_of(customer text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found_customer text;
  found_seq bigint;
BEGIN
  SELECT e.customer_id, e.seq INTO found_customer, found_seq FROM obsidian_events.event AS e
  WHERE (e.customer_id, e.seq) >= (customer, 0) ORDER BY e.customer_id, e.seq LIMIT 1;
  RETURN CASE WHEN found_customer = customer THEN found_seq END;
END
$$;

-- Takes away lanes that have no event any more. They have to be locked: what is appended meanwhile would lose its lane.
CREATE FUNCTION obsidian_events.drop_empty(customers text[]) RETURNS void
LANGUAGE sql AS $$
  DELETE FROM obsidian_events.lane AS l WHERE l.customer_id = ANY (customers) AND obsidian_events.head_of(l.customer_id) IS NULL
$$;

-- Stores events at the ends of their lanes. Returns the fate of each; null where all are stored.
CREATE FUNCTION obsidian_events.append(
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
  since timestamptz := clock_timestamp() - remember_ms * interval '1 millisecond';
  added bigint[];
BEGIN
  PERFORM obsidian_events.outlast();
  PERFORM obsidian_events.lock_lanes(customers);
  WITH stored AS (
    INSERT INTO obsidian_events.event
      (customer_id, environment, id, has_minted_id, operation, body, accepted_at, owners)
    SELECT g.customer_id, g.environment, g.id, g.has_minted_id, g.operation, g.body, g.accepted_at,
      array_remove(ARRAY[append.owner], NULL)
    FROM unnest(customers, environments, ids, minted, operations, bodies, accepted)
      WITH ORDINALITY AS g (customer_id, environment, id, has_minted_id, operation, body, accepted_at, place)
    WHERE g.has_minted_id OR NOT EXISTS (
      SELECT FROM obsidian_events.delivered AS d
      WHERE (d.customer_id, d.environment, d.id) = (g.customer_id, g.environment, g.id) AND d.at > since
    )
    ORDER BY g.place
    ON CONFLICT (customer_id, environment, id) DO NOTHING
    RETURNING seq
  )
  SELECT array_agg(seq) INTO added FROM stored;
  IF cardinality(added) = cardinality(ids) THEN
    RETURN NULL;
  END IF;
  RETURN obsidian_events.fates(append.owner, customers, environments, ids, operations, bodies, coalesce(added, '{}'));
END
$$;

-- Tells the fate of each event that was given to `append`, and lets its owner hear of those that were pending before.
CREATE FUNCTION obsidian_events.fates(
  owner uuid,
  customers text[],
  environments text[],
  ids text[],
  operations text[],
  bodies text[],
  added bigint[]
) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
  found text[];
BEGIN
  SELECT array_agg(
    CASE
      WHEN e.seq = ANY (added) AND g.turn = 1 THEN 'stored'
      WHEN (e.operation, e.body) = (g.operation, g.body) THEN 'pending'
      WHEN e.seq IS NOT NULL OR d.fingerprint <> obsidian_events.fingerprint(g.operation, g.body) THEN 'taken'
      -- It was known to be delivered a moment ago, also where that has been forgotten meanwhile.
      ELSE 'done'
    END ORDER BY g.place
  ) INTO found
  FROM (
    SELECT *, row_number() OVER (PARTITION BY customer_id, environment, id ORDER BY place) AS turn
    FROM unnest(customers, environments, ids, operations, bodies)
      WITH ORDINALITY AS given (customer_id, environment, id, operation, body, place)
  ) AS g
  LEFT JOIN obsidian_events.event AS e USING (customer_id, environment, id)
  LEFT JOIN obsidian_events.delivered AS d USING (customer_id, environment, id);
  UPDATE obsidian_events.event AS e SET owners = e.owners || fates.owner
  FROM unnest(customers, environments, ids, found) AS g (customer_id, environment, id, fate)
  WHERE (e.customer_id, e.environment, e.id) = (g.customer_id, g.environment, g.id)
    AND g.fate = 'pending' AND fates.owner IS NOT NULL AND NOT fates.owner = ANY (e.owners);
  PERFORM obsidian_events.drop_empty(customers);
  RETURN found;
END
$$;

-- Lends the heads of lanes that are due, for a while: the longest waiting first, or of those the least tried.
CREATE FUNCTION obsidian_events.claim(owner uuid, most integer, lease_ms double precision, least_tried boolean)
RETURNS TABLE (
  token uuid,
  attempts integer,
  refusals integer,
  since_first double precision,
  since_last double precision,
  stored_for double precision,
  seq bigint,
  customer_id text,
  environment text,
  id text,
  has_minted_id boolean,
  operation text,
  body text,
  accepted_at bigint
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  moment timestamptz := clock_timestamp();
  candidates text[];
  lent text[];
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  IF least_tried THEN
    SELECT array_agg(customer_id) INTO candidates FROM (
      SELECT customer_id FROM (
        SELECT l.customer_id, l.attempts, l.due FROM obsidian_events.lane AS l WHERE l.due <= moment ORDER BY l.due LIMIT 1000
      ) AS waiting ORDER BY attempts, due LIMIT most
    ) AS least;
    WITH free AS (
      SELECT l.customer_id FROM obsidian_events.lane AS l
      WHERE l.customer_id = ANY (candidates) AND l.due <= moment
      FOR UPDATE SKIP LOCKED
    )
    SELECT array_agg(customer_id) INTO lent FROM free;
  ELSE
    WITH free AS (
      SELECT l.customer_id FROM obsidian_events.lane AS l WHERE l.due <= moment ORDER BY l.due LIMIT most
      FOR UPDATE SKIP LOCKED
    )
    SELECT array_agg(customer_id) INTO lent FROM free;
  END IF;
  IF lent IS NULL THEN
    RETURN;
  END IF;
  UPDATE obsidian_events.lane AS l
  SET due = moment + lease_ms * interval '1 millisecond', token = gen_random_uuid()
  WHERE l.customer_id = ANY (lent);
  RETURN QUERY
    SELECT
      l.token, l.attempts, l.refusals,
      extract(epoch FROM moment - l.refused_first)::double precision * 1000,
      extract(epoch FROM moment - l.refused_last)::double precision * 1000,
      CASE WHEN e.owners[1] = claim.owner THEN extract(epoch FROM moment - e.stored_at)::double precision * 1000 END,
      e.seq, e.customer_id, e.environment, e.id, e.has_minted_id, e.operation, e.body, e.accepted_at
    FROM unnest(lent) WITH ORDINALITY AS given (customer_id, place)
    JOIN obsidian_events.lane AS l USING (customer_id)
    CROSS JOIN LATERAL (
      -- As `head_of` does.
      SELECT * FROM obsidian_events.event AS head
      WHERE (head.customer_id, head.seq) >= (l.customer_id, 0) ORDER BY head.customer_id, head.seq LIMIT 1
    ) AS e
    WHERE e.customer_id = l.customer_id
    ORDER BY given.place;
END
$$;

-- Records what became of lent events. Tells for each whether its lease still held.
CREATE FUNCTION obsidian_events.settle(
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
      (customer_id, environment, id, has_minted_id, operation, body, accepted_at, reason, attempts, status, detail)
    SELECT customer_id, environment, id, has_minted_id, operation, body, accepted_at, reason, attempts, status, detail
    FROM gone WHERE kind = 'dead' ORDER BY seq
  ), remembered AS (
    INSERT INTO obsidian_events.delivered (customer_id, environment, id, fingerprint)
    SELECT customer_id, environment, id, obsidian_events.fingerprint(operation, body)
    FROM gone WHERE kind = 'delivered' AND NOT has_minted_id
    ON CONFLICT (customer_id, environment, id) DO UPDATE SET at = excluded.at, fingerprint = excluded.fingerprint
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

-- Tells whether an owner is still there to hear of something.
CREATE FUNCTION obsidian_events.hears(given uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM obsidian_events.owner AS o WHERE o.owner = given AND o.heard_at > clock_timestamp() - interval '5 minutes'
  )
$$;

-- Tells owners that there is news. It is only a hint: they look by themselves, too.
CREATE FUNCTION obsidian_events.tell(owners uuid[]) RETURNS void
LANGUAGE sql AS $$
  SELECT pg_notify('obsidian_events', owner::text) FROM unnest(owners) AS owner
$$;

-- Reads what has happened to the events of an owner, but for what it has `heard`, with the milliseconds until something is due.
-- There is one row at the least, with nothing but that time.
CREATE FUNCTION obsidian_events.hear(owner uuid, heard bigint[])
RETURNS TABLE (
  due_in double precision,
  number bigint,
  customer_id text,
  environment text,
  id text,
  kind text,
  reason text,
  attempts integer,
  status integer,
  detail text
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  IF NOT EXISTS (
    SELECT FROM obsidian_events.owner AS o WHERE o.owner = hear.owner AND o.heard_at > clock_timestamp() - interval '1 minute'
  ) THEN
    INSERT INTO obsidian_events.owner AS o VALUES (hear.owner, clock_timestamp())
    ON CONFLICT ON CONSTRAINT owner_pkey DO UPDATE SET heard_at = excluded.heard_at;
  END IF;
  -- By their numbers, one by one: a lower one may be committed later than a higher.
  DELETE FROM obsidian_events.news AS n WHERE n.owner = hear.owner AND n.number = ANY (heard);
  RETURN QUERY
    SELECT d.due_in, n.number, n.customer_id, n.environment, n.id, n.kind, n.reason, n.attempts, n.status, n.detail
    FROM (SELECT obsidian_events.due_in() AS due_in) AS d
    LEFT JOIN (
      SELECT * FROM obsidian_events.news AS told WHERE told.owner = hear.owner ORDER BY told.number LIMIT 1000
    ) AS n ON true
    ORDER BY n.number;
END
$$;

-- An owner ends, and is told nothing any more.
CREATE FUNCTION obsidian_events.leave(owner uuid) RETURNS void
LANGUAGE sql AS $$
  DELETE FROM obsidian_events.owner AS o WHERE o.owner = leave.owner;
  DELETE FROM obsidian_events.news AS n WHERE n.owner = leave.owner
$$;

-- Tells in how many milliseconds a lane is due: null where there is none.
CREATE FUNCTION obsidian_events.due_in() RETURNS double precision
LANGUAGE sql AS $$
  SELECT greatest(extract(epoch FROM due - clock_timestamp())::double precision * 1000, 0)
  FROM obsidian_events.lane ORDER BY due LIMIT 1
$$;

-- Lists customers with pending events, the one with the oldest first. The events of one are counted as far as `counted`.
CREATE FUNCTION obsidian_events.waiting_lanes(most integer, counted integer)
RETURNS TABLE (
  customer_id text,
  environment text,
  pending bigint,
  oldest_at bigint,
  attempts integer,
  due_in double precision,
  is_lent boolean
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  heads bigint[];
BEGIN
  -- Most often the oldest events are of as many customers, and then it costs the same however many wait.
  SELECT array_agg(head) INTO heads FROM (
    SELECT min(seq) AS head FROM (
      SELECT e.seq, e.customer_id FROM obsidian_events.event AS e ORDER BY e.seq LIMIT greatest(1000, 4 * most::bigint)
    ) AS oldest
    GROUP BY customer_id ORDER BY head LIMIT most
  ) AS walked;
  IF cardinality(heads) < most THEN
    SELECT array_agg(head) INTO heads FROM (
      SELECT h.seq AS head FROM obsidian_events.lane AS l
      CROSS JOIN LATERAL (
        -- As `head_of` does.
        SELECT e.seq FROM obsidian_events.event AS e
        WHERE (e.customer_id, e.seq) >= (l.customer_id, 0) ORDER BY e.customer_id, e.seq LIMIT 1
      ) AS h
      ORDER BY h.seq LIMIT most
    ) AS scanned;
  END IF;
  RETURN QUERY
    SELECT
      l.customer_id, e.environment,
      (SELECT count(*) FROM (
        SELECT FROM obsidian_events.event AS c
        WHERE (c.customer_id, c.seq) BETWEEN (l.customer_id, 0) AND (l.customer_id, 9223372036854775807)
        ORDER BY c.customer_id, c.seq LIMIT counted
      ) AS own),
      e.accepted_at, l.attempts,
      greatest(extract(epoch FROM l.due - clock_timestamp())::double precision * 1000, 0),
      l.token IS NOT NULL AND l.due > clock_timestamp()
    FROM obsidian_events.event AS e
    JOIN obsidian_events.lane AS l USING (customer_id)
    WHERE e.seq = ANY (heads)
    ORDER BY e.seq;
END
$$;

-- Counts the rows of a table: up to a million exactly, beyond that as the server estimates it by the size of the table.
CREATE FUNCTION obsidian_events.count_of(counted regclass) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
  estimated bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM (SELECT FROM %s LIMIT 1000000) AS counted', counted) INTO found;
  IF found < 1000000 THEN
    RETURN found;
  END IF;
  -- It may never have counted any.
  SELECT (reltuples / relpages * (pg_relation_size(oid) / current_setting('block_size')::integer))::bigint INTO estimated
  FROM pg_class WHERE oid = counted AND relpages > 0 AND reltuples > 0;
  RETURN greatest(found, estimated);
END
$$;

-- Takes out an event that is not lent. Tells whether it was there.
CREATE FUNCTION obsidian_events.remove(owner uuid, customer text, environment text, id text) RETURNS boolean
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  lent boolean;
  head bigint;
  gone bigint;
  told uuid[];
BEGIN
  PERFORM obsidian_events.outlast();
  SELECT l.token IS NOT NULL AND l.due > clock_timestamp() INTO lent
  FROM obsidian_events.lane AS l WHERE l.customer_id = customer FOR UPDATE;
  IF lent IS NULL THEN
    RETURN false;
  END IF;
  head := obsidian_events.head_of(customer);
  WITH taken AS (
    DELETE FROM obsidian_events.event AS e
    WHERE (e.customer_id, e.environment, e.id) = (customer, remove.environment, remove.id) AND NOT (lent AND e.seq = head)
    RETURNING *
  ), noted AS (
    INSERT INTO obsidian_events.news (owner, customer_id, environment, id, kind)
    SELECT o, customer_id, environment, id, 'forgotten' FROM taken CROSS JOIN unnest(owners) AS o
    WHERE o <> remove.owner AND obsidian_events.hears(o)
    RETURNING owner
  )
  SELECT (SELECT seq FROM taken), (SELECT array_agg(n.owner) FROM noted AS n) INTO gone, told;
  IF gone IS NULL THEN
    RETURN false;
  END IF;
  IF gone = head THEN
    UPDATE obsidian_events.lane AS l
    SET due = clock_timestamp(), token = NULL, attempts = 0, refusals = 0, refused_first = NULL, refused_last = NULL
    WHERE l.customer_id = customer;
  END IF;
  PERFORM obsidian_events.drop_empty(ARRAY[customer]);
  PERFORM obsidian_events.tell(told);
  RETURN true;
END
$$;

-- Erases a customer. Tells how much was pending and how much dead.
CREATE FUNCTION obsidian_events.forget(owner uuid, customer text, OUT pending bigint, OUT dead bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  told uuid[];
BEGIN
  PERFORM obsidian_events.outlast();
  PERFORM obsidian_events.lock_lanes(ARRAY[customer]);
  WITH gone AS (
    DELETE FROM obsidian_events.event AS e WHERE e.customer_id = customer RETURNING *
  ), noted AS (
    INSERT INTO obsidian_events.news (owner, customer_id, environment, id, kind)
    SELECT o, customer_id, environment, id, 'forgotten' FROM gone CROSS JOIN unnest(owners) AS o
    WHERE o <> forget.owner AND obsidian_events.hears(o)
    RETURNING owner
  )
  SELECT (SELECT count(*) FROM gone), (SELECT array_agg(DISTINCT n.owner) FROM noted AS n) INTO pending, told;
  DELETE FROM obsidian_events.dead AS d WHERE d.customer_id = customer;
  GET DIAGNOSTICS dead = ROW_COUNT;
  DELETE FROM obsidian_events.delivered AS d WHERE d.customer_id = customer;
  DELETE FROM obsidian_events.lane AS l WHERE l.customer_id = customer;
  PERFORM obsidian_events.tell(told);
END
$$;

-- Puts dead letters back at the ends of their lanes, but for those whose event is pending again. Returns how many.
CREATE FUNCTION obsidian_events.replay(owner uuid, numbers bigint[]) RETURNS bigint
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
    FROM obsidian_events.dead AS d WHERE d.number = ANY (numbers)
    ORDER BY d.customer_id, d.environment, d.id, d.number
  ), added AS (
    INSERT INTO obsidian_events.event
      (customer_id, environment, id, has_minted_id, operation, body, accepted_at, owners)
    SELECT customer_id, environment, id, has_minted_id, operation, body,
      (extract(epoch FROM clock_timestamp()) * 1000)::bigint, ARRAY[replay.owner]
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

-- Stores dead letters of another outbox as they are. One that is here already is left as it is, so that it may be repeated.
CREATE FUNCTION obsidian_events.take_over(
  customers text[],
  environments text[],
  ids text[],
  operations text[],
  bodies text[],
  accepted bigint[],
  died bigint[],
  reasons text[],
  counts integer[],
  statuses integer[],
  details text[]
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM obsidian_events.outlast();
  -- A commit that has written nothing waits for nothing, and what has stored them before may still be waiting for the disk.
  PERFORM pg_logical_emit_message(true, 'obsidian_events', '');
  INSERT INTO obsidian_events.dead
    (customer_id, environment, id, has_minted_id, operation, body, accepted_at, died_at, reason, attempts, status, detail)
  SELECT
    g.customer_id, g.environment, g.id, false, g.operation, g.body, g.accepted_at,
    to_timestamp(g.died / 1000.0), g.reason, g.attempts, g.status, g.detail
  FROM unnest(customers, environments, ids, operations, bodies, accepted, died, reasons, counts, statuses, details)
    WITH ORDINALITY AS g
    (customer_id, environment, id, operation, body, accepted_at, died, reason, attempts, status, detail, place)
  WHERE NOT EXISTS (
    SELECT FROM obsidian_events.dead AS d
    WHERE (d.customer_id, d.environment, d.id, d.accepted_at) = (g.customer_id, g.environment, g.id, g.accepted_at)
      AND (d.operation, d.body) = (g.operation, g.body)
  )
  ORDER BY g.place;
END
$$;

-- Drops what need not be known any longer, some of it at a time; one machine does it for all. Returns how much there was.
CREATE FUNCTION obsidian_events.tidy(remember_ms double precision) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  ids bigint;
  told bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtextextended('obsidian_events.tidy', 0)) THEN
    RETURN 0;
  END IF;
  PERFORM set_config('synchronous_commit', 'off', true);
  -- Before its news, as an owner does that hears of some.
  DELETE FROM obsidian_events.owner WHERE heard_at < clock_timestamp() - interval '1 day';
  DELETE FROM obsidian_events.delivered WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM obsidian_events.delivered
    WHERE at < clock_timestamp() - remember_ms * interval '1 millisecond' ORDER BY at LIMIT 10000
    FOR UPDATE SKIP LOCKED
  ));
  GET DIAGNOSTICS ids = ROW_COUNT;
  -- Whoever has not heard it in a day is gone.
  DELETE FROM obsidian_events.news WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM obsidian_events.news WHERE at < clock_timestamp() - interval '1 day' ORDER BY at LIMIT 10000
    FOR UPDATE SKIP LOCKED
  ));
  GET DIAGNOSTICS told = ROW_COUNT;
  RETURN ids + told;
END
$$;

INSERT INTO obsidian_events.version VALUES (1);
