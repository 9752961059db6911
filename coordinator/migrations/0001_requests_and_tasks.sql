-- json rather than jsonb: guests' messages and requests' inputs may hold \u0000, which jsonb refuses.

-- A request of the chain, as its contract had it at a final block, and how it ended.
create table requests (
  id uuid primary key default gen_random_uuid(),
  contract_id text not null,
  request_id bigint not null,
  data_id bytea not null check (octet_length(data_id) = 32),
  -- EventContext: where the event was seen; null when found in the contract's state.
  context json,
  -- ChainRequest as it travels; null until the chain was asked, and again when the request ended.
  chain text,
  request_hash text,
  sender_id text,
  repo text,
  commit_asked text,
  build_target text,
  resolved_commit text,
  block_height bigint,
  -- The yield is gone at this height.
  deadline_height bigint,
  -- The height at which a worker first took a task that this request needs.
  taken_height bigint,
  -- Set for the request that caused the compilation, not for those that waited for it.
  compile_time_ms bigint,
  compilation_note text,
  success boolean,
  error json,
  resources_used json,
  wasm_hash text,
  output_hash text,
  tx_hash text,
  sandbox_level text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (contract_id, request_id, data_id)
);

create index requests_by_sender on requests (sender_id, created_at desc);

create table wasm_files (
  checksum text primary key check (checksum ~ '^[0-9a-f]{64}$'),
  size_bytes bigint not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now()
);

-- What a (repository key, commit, target, toolchain) was built to.
create table builds (
  repo_key text not null,
  commit_hash text not null,
  build_target text not null,
  toolchain text not null,
  wasm_hash text not null references wasm_files on delete cascade,
  record json not null,
  created_at timestamptz not null default now(),
  -- The hash too: not every toolchain makes the same bytes twice.
  primary key (repo_key, commit_hash, build_target, toolchain, wasm_hash)
);

create type task_kind as enum ('compile', 'execute');
create type task_state as enum (
  'checking', 'resolving', 'waiting', 'queued', 'leased', 'done', 'failed', 'expired', 'gone'
);

create table tasks (
  id uuid primary key default gen_random_uuid(),
  kind task_kind not null,
  state task_state not null,
  -- The request to execute, or the one that caused the compilation.
  request uuid not null references requests,
  -- Whose turn in the queue it takes; unknown until the chain was asked.
  sender_id text,
  -- Not before this time: a retry, or a task that was given back with a delay.
  run_after timestamptz not null default now(),
  tries int not null default 0,
  attempt int not null default 0,
  lease_token uuid,
  lease_expires_at timestamptz,
  leased_at timestamptz,
  worker_id text,
  -- How often a worker let its lease run out.
  lost_leases int not null default 0,
  -- What to build; of an execution, once its commit is resolved.
  repo text,
  repo_key text,
  commit_hash text,
  build_target text,
  max_compile_seconds int,
  -- Of an execution: the compilation it waits for, what to run, or the failure to settle instead.
  waits_for uuid references tasks,
  wasm_hash text references wasm_files on delete set null,
  verdict json,
  settlement json,
  -- Of a compilation that failed: the tail of what the tools printed.
  log text,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);

-- One execution per request, and at any time one compilation per key.
create unique index tasks_one_execution on tasks (request) where kind = 'execute';
create unique index tasks_one_compilation on tasks (repo_key, commit_hash, build_target)
  where kind = 'compile' and state in ('queued', 'leased');
create index tasks_open on tasks (state, run_after)
  where state in ('checking', 'resolving', 'waiting', 'queued', 'leased');
create index tasks_waiting on tasks (waits_for) where state = 'waiting';
create index tasks_wasm on tasks (wasm_hash) where state in ('queued', 'leased');
