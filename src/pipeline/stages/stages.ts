import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'
import { authorizeResources } from './authorize-resources.ts'
import { checkGrantTokens } from './check-grant-tokens.ts'
import { checkStateAndUsage } from './check-state-and-usage.ts'
import { countRequest, countRequestElsewhere } from './count-request.ts'
import { decodeInput } from './decode-input.ts'
import { findAndAuthorizeKeys } from './find-and-authorize-keys.ts'
import { findMissingManagedKey } from './find-missing-managed-key.ts'
import { handle } from './handle.ts'
import { identifyCaller } from './identify-caller.ts'
import { refuseDryRun } from './refuse-dry-run.ts'
import { refuseUnrecordable } from './refuse-unrecordable.ts'
import { takeServiceCall } from './take-service-call.ts'
import { verifyAttestation } from './verify-attestation.ts'

/** A step of every call. It throws the ServiceError that ends the call, and returns a promise only where it has to wait. */
export type Stage = (call: PerformedCall, machine: Machine) => void | Promise<void>

// The order of a call. No operation can change it or skip a stage. A call that writes passes the admission twice: once before the
// transaction, where it has something long to prepare or may need a grant, and again inside it, so that nothing changes between
// decision and act.
// The record follows, and is durable before the answer leaves (`pipeline.ts`).

/** Who calls. */
export const identification: readonly Stage[] = [
  refuseUnrecordable,
  identifyCaller,
  takeServiceCall,
  findMissingManagedKey,
]

/** Whether the caller may, and whether the keys can. */
export const admission: readonly Stage[] = [
  countRequest,
  decodeInput,
  countRequestElsewhere,
  checkGrantTokens,
  verifyAttestation,
  findAndAuthorizeKeys,
  authorizeResources,
  checkStateAndUsage,
]

/** The act. DryRun is last: only the handler knows whether the request would have succeeded. Its writes are undone. */
export const execution: readonly Stage[] = [handle, refuseDryRun]
