import type * as Sts from '@aws-sdk/client-sts'

/** The access key that signs the calls, with a session token if it is temporary. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  /** The time at which temporary credentials end. */
  readonly expiration?: Date | undefined
  /** Whether calls are not signed. */
  readonly isAnonymous?: boolean | undefined
}

/** Credentials that sign nothing: for calls that need no signature, and for a server that checks none. */
export const anonymous: Credentials = { accessKeyId: '', secretAccessKey: '', isAnonymous: true }

/** The credentials in an answer of STS. */
export function temporaryCredentials(answered: Sts.Credentials | undefined): Credentials {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken, Expiration } = answered ?? {}
  return {
    ...{ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
    ...{ sessionToken: SessionToken, expiration: Expiration },
  }
}
