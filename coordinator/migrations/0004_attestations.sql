-- Of the attestation that the settlement names.
alter table requests add column attestation_hash text;

-- ResultAttestation of every attempt, since which one counts is known later.
create table attestations (
  task uuid not null references tasks on delete cascade,
  attempt integer not null,
  hash text not null,
  attestation json not null,
  primary key (task, attempt)
);
