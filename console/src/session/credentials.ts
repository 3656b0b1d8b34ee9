/** The access key that signs the calls, with a session token if it is temporary. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
  /** The time at which temporary credentials end. */
  readonly expiration?: Date | undefined
  /** Whether calls are not signed, which only a server takes that checks no signatures. */
  readonly isAnonymous?: boolean | undefined
}
