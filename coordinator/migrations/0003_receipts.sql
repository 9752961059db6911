-- RunReceipt of the run that the chain was told of.
alter table requests add column receipt json;

-- SealedTranscript, which we cannot read: of every attempt, since which one counts is known later.
create table transcripts (
  request uuid not null references requests on delete cascade,
  shared_hash text not null,
  sealed json not null,
  expires_at timestamptz not null,
  primary key (request, shared_hash)
);

create index transcripts_by_expiry on transcripts (expires_at);
