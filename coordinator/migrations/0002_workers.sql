-- Scripts write to this table: its name and columns are an interface.
create table worker_auth_tokens (
  token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
  worker_name text not null,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);

create table workers (
  worker_id text primary key,
  worker_name text not null,
  status text not null,
  current_task_id uuid,
  sandbox_level text,
  first_seen_at timestamptz not null default now(),
  last_heartbeat_at timestamptz not null default now()
);

create table watcher_cursors (
  contract_id text primary key,
  block_height bigint not null
);

create table locks (
  lock_key text primary key,
  worker_id text not null,
  expires_at timestamptz not null
);
