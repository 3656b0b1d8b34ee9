import { ServiceError } from '../domain/index.ts'
import type { Caller } from './caller.ts'

/** The facts about the sender of a request whose proof of identity fails. */
export interface FailedProof {
  /** The access key that the request names, if the text can be shown. */
  readonly claimedKeyId: string | undefined
  /** The caller whose signature is right but who may not call, such as one with an expired session. */
  readonly caller?: Caller
}

/** The refusal of a request whose proof of identity fails, with the facts that its audit record shows. */
export class AuthenticationFailure extends ServiceError {
  readonly proof: FailedProof

  constructor({ code, text, reason, cause, details }: ServiceError, proof: FailedProof) {
    super(code, text, {
      ...(reason !== undefined && { reason }),
      ...(cause !== undefined && { cause }),
      ...(details !== undefined && { details }),
    })
    this.proof = proof
  }
}
