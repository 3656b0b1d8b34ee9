import { connectionErrorCodes, connectionStates } from '../../../domain/index.ts'
import {
  enumeration,
  type Infer,
  required,
  sensitive,
  string,
  structure,
  timestamp,
} from '../../../std/index.ts'
import { cloudHsmClusterIdType, customKeyStoreIdType } from '../wire/shapes.ts'

// The shapes of custom key stores, with the constraints of AWS's model.

export const customKeyStoreNameType = string({ min: 1, max: 256 })
export const customKeyStoreTypeType = enumeration(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'])
const connectivityType = enumeration(['PUBLIC_ENDPOINT', 'VPC_ENDPOINT_SERVICE'])
const uriEndpointType = string({ min: 10, max: 128, pattern: '^https://[a-zA-Z0-9.-]+$' })
const uriPathType = string({
  min: 10,
  max: 128,
  pattern: '^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$',
})
const vpcEndpointServiceNameType = string({
  min: 20,
  max: 64,
  pattern: '^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$',
})
const accountIdType = string({ min: 12, max: 12, pattern: '[0-9]{12}' })
const accessKeyIdType = sensitive(string({ min: 20, max: 30, pattern: '^[A-Z2-7]+$' }))

/** The members of the requests that create and update a store that are about a CloudHSM cluster. */
export const clusterMembers = {
  CloudHsmClusterId: cloudHsmClusterIdType,
  KeyStorePassword: sensitive(string({ min: 7, max: 32 })),
}
export const trustAnchorCertificateType = string({ min: 1, max: 5000 })
const givenCluster = structure(clusterMembers)
/** The members about a CloudHSM cluster that a request gives. */
export type GivenCluster = Infer<typeof givenCluster>

/** The members of the requests that create and update a store that are about the proxy of an external key store. */
export const proxyMembers = {
  XksProxyUriEndpoint: uriEndpointType,
  XksProxyUriPath: uriPathType,
  XksProxyVpcEndpointServiceName: vpcEndpointServiceNameType,
  XksProxyVpcEndpointServiceOwner: accountIdType,
  XksProxyAuthenticationCredential: structure({
    AccessKeyId: required(accessKeyIdType),
    RawSecretAccessKey: required(sensitive(string({ min: 43, max: 64, pattern: '^[a-zA-Z0-9\\/+=]+$' }))),
  }),
  XksProxyConnectivity: connectivityType,
}
export const proxyNames = Object.keys(proxyMembers) as readonly (keyof GivenProxy)[]
const givenProxy = structure(proxyMembers)
/** The settings of a proxy that a request gives. */
export type GivenProxy = Infer<typeof givenProxy>

/** The properties of a new store, of either type. */
export type GivenStore = GivenProxy &
  GivenCluster & { readonly CustomKeyStoreName: string; readonly TrustAnchorCertificate?: string | undefined }

/** The changes of a store, of either type. */
export type GivenChange = GivenProxy & GivenCluster & { readonly NewCustomKeyStoreName?: string | undefined }

export const customKeyStoresListEntryType = structure({
  CustomKeyStoreId: customKeyStoreIdType,
  CustomKeyStoreName: customKeyStoreNameType,
  ConnectionState: enumeration(connectionStates),
  ConnectionErrorCode: enumeration(connectionErrorCodes),
  CreationDate: timestamp(),
  CustomKeyStoreType: customKeyStoreTypeType,
  CloudHsmClusterId: cloudHsmClusterIdType,
  TrustAnchorCertificate: trustAnchorCertificateType,
  XksProxyConfiguration: structure({
    Connectivity: connectivityType,
    AccessKeyId: accessKeyIdType,
    UriEndpoint: uriEndpointType,
    UriPath: uriPathType,
    VpcEndpointServiceName: vpcEndpointServiceNameType,
    VpcEndpointServiceOwner: accountIdType,
  }),
})
