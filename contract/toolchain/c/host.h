/* The imports of a contract: NEAR's host functions, in C with the prefix host_. */
#pragma once
#include <stdint.h>

typedef uint64_t u64;

#define HOST(name, signature, parameters, result) \
  __attribute__((import_module("env"), import_name(#name))) result host_##name parameters;
#include "host-functions.h"
HOST(read_register, , (u64 id, u64 address), void)
HOST(promise_and, , (u64 address, u64 count), u64)
#undef HOST
