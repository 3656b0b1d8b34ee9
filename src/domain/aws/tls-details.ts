/** The encryption of a connection, in the names of CloudTrail's `tlsDetails` (CloudTrail user guide, "record contents"). */
export interface TlsConnection {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly tlsVersion: string
  /** The suite by the name that OpenSSL gives it, which for TLS 1.3 is IANA's. */
  readonly cipherSuite: string
  /** The group of the key exchange by the name of IANA, such as `X25519MLKEM768`; undefined if it is not known. */
  readonly keyExchange: string | undefined
}

/** The encryption of a request: that of its connection, and the host that the client asked for. */
export interface TlsDetails extends TlsConnection {
  readonly clientProvidedHostHeader: string | undefined
}
