import type { Recorder } from '../audit/index.ts'
import type { ServiceError } from '../domain/index.ts'
import type { AttestationVerifier, Hsm } from '../hsm/index.ts'
import type { AuthorizationMessages, Sessions } from '../identity/index.ts'
import type { KeyUsageLedger } from '../keys/index.ts'
import type { Call, Endpoints, ManagedKeys, Organization, ServiceConditionKeys } from '../operation/index.ts'
import type { Clock } from '../std/index.ts'
import type { Store } from '../store/index.ts'
import type { CallObserver } from './call-observer.ts'
import type { LookUps } from './look-ups.ts'
import type { Authorizer } from './permission/authorizer.ts'
import type { UndecidedRequest } from './permission/undecided-requests.ts'
import type { UnreadablePolicy } from './permission/unreadable-policies.ts'
import type { Throttle } from './throttle.ts'

/** The settings of a `Pipeline`, and the parts that it works with. */
export interface PipelineOptions {
  readonly store: Store
  readonly hsm: Hsm
  readonly audit: Recorder
  readonly clock: Clock
  readonly keyUsages: KeyUsageLedger
  readonly managedKeys: ManagedKeys
  /** Verifies the enclaves that answers are sealed for. */
  readonly attestations: AttestationVerifier
  /** Finds the sessions of principals that services call for. */
  readonly sessions: Pick<Sessions, 'find' | 'findCached'>
  /** The request quotas; undefined if calls are not counted. */
  readonly throttle: Throttle | undefined
  readonly organization: Organization
  /** The endpoints that questions about permissions can name; undefined if there are none. */
  readonly endpoints?: Endpoints | undefined
  /** The condition keys of all services. */
  readonly conditionKeys: readonly ServiceConditionKeys[]
  /** Encodes the details of denials for the callers that were denied. */
  readonly authorizationMessages: Pick<AuthorizationMessages, 'encode'>
  /** The Region of a request that names none. */
  readonly defaultRegion: string
  /** Says which calls a sealed server performs; undefined for an open server. */
  readonly performsSealed?: ((call: Pick<Call, 'service' | 'operation'>) => boolean) | undefined
  /** Called for every fault of the server, with its cause, which the client must not learn. */
  readonly onFault: (error: ServiceError, call: { requestId: string; operation: string }) => void
  /** Hears of every answer; undefined if nobody has to. */
  readonly observer?: CallObserver | undefined
  /** Called once for each stored policy that cannot be read and for which a request was denied. */
  readonly onUnreadablePolicy: (policy: UnreadablePolicy, requestId: string | undefined) => void
  /** Called for each principal and resource whose request was denied because its decision would take too many steps. */
  readonly onUndecided: (request: UndecidedRequest, requestId: string | undefined) => void
}

/** The parts that the stages of a call work with. */
export interface Machine extends PipelineOptions {
  readonly authorizer: Authorizer
  /** The look-ups of calls that read: the request path of cryptographic operations touches no database. */
  readonly cached: LookUps
}
