import type { Machine } from '../machine.ts'
import type { PerformedCall } from '../performed-call.ts'
import { authorizeResources } from './authorize-resources.ts'
import { checkGrantTokens } from './check-grant-tokens.ts'
import { checkUsageAndState } from './check-usage-and-state.ts'
import { countRequest, countRequestElsewhere } from './count-request.ts'
import { decodeInput } from './decode-input.ts'
import { findAndAuthorizeKeys } from './find-and-authorize-keys.ts'
import { findMissingManagedKey } from './find-missing-managed-key.ts'
import { handle } from './handle.ts'
import { identifyCaller } from './identify-caller.ts'
import { refuseDryRun } from './refuse-dry-run.ts'
import { refuseSealed } from './refuse-sealed.ts'
import { refuseUnrecordable } from './refuse-unrecordable.ts'
import { takeServiceCall } from './take-service-call.ts'
import { verifyAttestation } from './verify-attestation.ts'

/**
 * A step of every call. It throws the ServiceError that ends the call, and returns a promise only if it has to wait.
 */
export type Stage = (call: PerformedCall, machine: Machine) => void | Promise<void>

// The order of a call. No operation can change it or skip a stage. A call that writes passes the admission twice if it
// prepares something or may need a grant: before the transaction and again inside it, so that nothing changes between
// the decision and the action. The audit record follows, and is durable before the answer leaves (`pipeline.ts`).

/** The stages that find out who calls. */
export const identification: readonly Stage[] = [
  refuseUnrecordable,
  refuseSealed,
  identifyCaller,
  takeServiceCall,
  findMissingManagedKey,
]

/** The stages that check the input, the permissions of the caller and the state of the keys. */
export const admission: readonly Stage[] = [
  countRequest,
  decodeInput,
  countRequestElsewhere,
  checkGrantTokens,
  verifyAttestation,
  findAndAuthorizeKeys,
  authorizeResources,
  checkUsageAndState,
]

/**
 * The stages that perform the operation. DryRun is last, because only the handler knows whether the request would have
 * succeeded. The writes of a dry run are rolled back.
 */
export const execution: readonly Stage[] = [handle, refuseDryRun]
