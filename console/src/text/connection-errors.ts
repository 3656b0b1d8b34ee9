import type { ConnectionErrorCodeType } from '@aws-sdk/client-kms'

/** The meaning of a connection error code, and the way out. */
export interface ConnectionErrorText {
  readonly meaning: string
  readonly remedy: string
}

const useLog = 'The log of the server has the exact reason.'
const again = 'Then disconnect the key store, and connect it again.'

/** The texts by code (AWS KMS API reference, "CustomKeyStoresListEntry"; for both types where a code is of both). */
export const connectionErrors: Readonly<Record<ConnectionErrorCodeType, ConnectionErrorText>> = {
  CLUSTER_NOT_FOUND: {
    meaning: 'The server has no cluster with the ID of the key store.',
    remedy: `Add the cluster to hsmClusters in the configuration, and restart the server. ${again}`,
  },
  INSUFFICIENT_CLOUDHSM_HSMS: {
    meaning: 'The cluster has too few active HSMs.',
    remedy: `Bring the HSMs of the cluster back. ${again}`,
  },
  INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET: {
    meaning: 'A subnet of the cluster has no free address.',
    remedy: `Free an address in the subnet. ${again}`,
  },
  INTERNAL_ERROR: {
    meaning: 'The server could not do its part of the connection.',
    remedy: `${useLog} ${again}`,
  },
  INVALID_CREDENTIALS: {
    meaning:
      'The credential is wrong: the password of kmsuser in the HSMs, or the access key of the proxy, is a different one.',
    remedy: 'Disconnect the key store, edit it with the right credential, and connect it again.',
  },
  NETWORK_ERRORS: {
    meaning: 'The network, or a library of the HSMs, did not answer in time.',
    remedy: `It may pass by itself. ${useLog} ${again}`,
  },
  SUBNET_NOT_FOUND: {
    meaning: 'A subnet of the cluster was deleted.',
    remedy: `Give the cluster a subnet. ${again}`,
  },
  USER_LOCKED_OUT: {
    meaning: 'kmsuser is locked, because a wrong password was tried too often.',
    remedy:
      'Set a new password for kmsuser in the HSMs. Disconnect the key store, edit it with the password, and connect it again.',
  },
  USER_LOGGED_IN: {
    meaning: 'Somebody is logged in to the HSMs as kmsuser.',
    remedy: `Log kmsuser out of every HSM, and change its password. Edit the key store with the password. ${again}`,
  },
  USER_NOT_FOUND: {
    meaning: 'The HSMs have no crypto user kmsuser.',
    remedy:
      'Make the user in the HSMs. Disconnect the key store, edit it with the password, and connect it again.',
  },
  XKS_PROXY_ACCESS_DENIED: {
    meaning: 'The proxy knows the credential, and does not allow the request.',
    remedy: `Its administrator must allow this account and Region. ${again}`,
  },
  XKS_PROXY_INVALID_CONFIGURATION: {
    meaning: 'The proxy does not serve the path of the key store.',
    remedy:
      'Compare the proxy URI path with that of the proxy. Disconnect the key store, edit the path, and connect it again.',
  },
  XKS_PROXY_INVALID_RESPONSE: {
    meaning: 'The answer of the proxy is not one of the XKS proxy API.',
    remedy: `Check that the endpoint and the path are those of the proxy. ${useLog} ${again}`,
  },
  XKS_PROXY_INVALID_TLS_CONFIGURATION: {
    meaning: 'No TLS connection to the proxy could be made.',
    remedy: `The proxy needs TLS 1.2 or 1.3, and a certificate for the host of the endpoint whose authority the server trusts (ca of the setting xks). ${again}`,
  },
  XKS_PROXY_NOT_REACHABLE: {
    meaning: 'The proxy cannot be reached, or every key manager behind it is away.',
    remedy: `Check the address, the firewall, and the setting outbound of the server. ${again}`,
  },
  XKS_PROXY_TIMED_OUT: {
    meaning: 'The proxy did not answer within 250 milliseconds.',
    remedy: `Bring the proxy and its key manager nearer, or give them more power. ${again}`,
  },
  XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION: {
    meaning: 'The VPC endpoint service is not set up as an external key store needs it.',
    remedy: `Check the service, its name and its owner. ${again}`,
  },
  XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND: {
    meaning: 'The server has no VPC endpoint service with the name of the key store.',
    remedy:
      'Add it to vpcEndpointServices of the setting xks, and restart the server; or disconnect the key store, and edit the name. Then connect it again.',
  },
}
