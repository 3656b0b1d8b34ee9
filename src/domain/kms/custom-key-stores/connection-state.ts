/** AWS's ConnectionStateType. */
export const connectionStates = [
  'CONNECTED',
  'CONNECTING',
  'FAILED',
  'DISCONNECTED',
  'DISCONNECTING',
] as const
/** Whether a custom key store works with its keys, is on the way there, or is not. */
export type ConnectionState = (typeof connectionStates)[number]

/** The reasons for FAILED (AWS KMS API reference, "CustomKeyStoresListEntry"). */
export const connectionErrorCodes = [
  'CLUSTER_NOT_FOUND',
  'INSUFFICIENT_CLOUDHSM_HSMS',
  'INTERNAL_ERROR',
  'INVALID_CREDENTIALS',
  'NETWORK_ERRORS',
  'USER_LOCKED_OUT',
  'USER_LOGGED_IN',
  'USER_NOT_FOUND',
  'XKS_PROXY_ACCESS_DENIED',
  'XKS_PROXY_INVALID_CONFIGURATION',
  'XKS_PROXY_INVALID_RESPONSE',
  'XKS_PROXY_INVALID_TLS_CONFIGURATION',
  'XKS_PROXY_NOT_REACHABLE',
  'XKS_PROXY_TIMED_OUT',
  'XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION',
  'XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND',
] as const
/** Why a custom key store could not be connected. */
export type ConnectionErrorCode = (typeof connectionErrorCodes)[number]
