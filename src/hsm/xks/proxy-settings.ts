/** How this server reaches external key store proxies. */
export interface ProxySettings {
  /** Certificates in PEM that proxies' certificates are checked with besides the public roots; undefined for none. */
  readonly ca: string | undefined
  /** The certificate that proxies get if they ask for one, with its chain, and its private key, both PEM. */
  readonly clientCertificate: { readonly certificate: string; readonly key: string } | undefined
  /** The address of each VPC endpoint service, by its name. */
  readonly vpcEndpointServices: ReadonlyMap<string, { readonly host: string; readonly port: number }>
}
