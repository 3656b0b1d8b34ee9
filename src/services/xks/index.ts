import { Decrypt } from './Decrypt.ts'
import { Encrypt } from './Encrypt.ts'
import { GetHealthStatus } from './GetHealthStatus.ts'
import { GetKeyMetadata } from './GetKeyMetadata.ts'
import type { AnyProxyOperation } from './proxy-operation.ts'

/** The operations of the proxy API, version 1. */
export const operations: readonly AnyProxyOperation[] = [GetKeyMetadata, Encrypt, Decrypt, GetHealthStatus]
