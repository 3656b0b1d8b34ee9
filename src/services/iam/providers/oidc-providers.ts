import { type OidcProvider, oidcProviderArn, ServiceError } from '../../../domain/index.ts'
import type { ResourceQuestion, ResourceRequirement } from '../../../operation/index.ts'
import { required, string, structure } from '../../../std/index.ts'
import type { Reader } from '../../../store/index.ts'
import { noSuchEntity } from '../wire/entities.ts'
import { limitExceeded } from '../wire/quotas.ts'
import { type ConditionInput, conditionsOf } from '../wire/resources.ts'
import { arnType } from '../wire/shapes.ts'
import { textList } from '../wire/text-list.ts'

const thumbprintsMax = 5
const clientIdsMax = 100

export const clientIdsType = textList({ min: 1, max: 255 })

/** The input of the operations that add and remove a client ID. */
export const clientIdInput = structure({
  OpenIDConnectProviderArn: required(arnType),
  ClientID: required(string({ min: 1, max: 255 })),
})

export const thumbprintsType = textList({ min: 40, max: 40 })

const validation = (text: string) => new ServiceError('ValidationException', text)
const invalidInput = (text: string) => new ServiceError('InvalidInputException', text)

/**
 * Returns the URL of a new provider without its scheme. It must be an https URL without query (IAM API reference,
 * "CreateOpenIDConnectProvider"; text recorded from AWS). Nothing is fetched from it.
 */
export function hostOf(url: string): string {
  const [, host] = /^https:\/\/([A-Za-z0-9][A-Za-z0-9._~:/-]*)$/.exec(url) ?? []
  if (host === undefined || !URL.canParse(url)) throw validation('Invalid Open ID Connect Provider URL')
  return host
}

/** Returns the host in a provider's ARN, and its account. Throws InvalidInputException. */
export function readProviderArn(arn: string): { readonly accountId: string; readonly host: string } {
  const [, accountId, host] = /^arn:aws:iam::(\d{12}):oidc-provider\/(.+)$/s.exec(arn) ?? []
  if (accountId === undefined || host === undefined) throw invalidInput(`ARN ${arn} is not valid.`)
  return { accountId, host }
}

/** Finds the provider of an account by its ARN; undefined if it has none. Throws InvalidInputException. */
async function findProvider(
  store: Reader,
  accountId: string,
  arn: string,
): Promise<OidcProvider | undefined> {
  const named = readProviderArn(arn)
  return named.accountId === accountId ? await store.oidcProviders.find(accountId, named.host) : undefined
}

/** Gets the provider of an account by its ARN. Throws NoSuchEntityException or InvalidInputException. */
export async function getProvider(store: Reader, accountId: string, arn: string): Promise<OidcProvider> {
  const provider = await findProvider(store, accountId, arn)
  if (provider === undefined) throw noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`)
  return provider
}

/** The resource is the provider that the request names. */
export async function onProvider({
  input: { OpenIDConnectProviderArn: arn, ...input },
  scope,
  store,
}: ResourceQuestion<ConditionInput & { readonly OpenIDConnectProviderArn: string }>): Promise<
  readonly ResourceRequirement[]
> {
  const provider = await findProvider(store, scope.accountId, arn)
  return [{ arn, conditions: conditionsOf(input, provider) }]
}

/** Checks the client IDs of a provider, and drops duplicates. Throws LimitExceededException (recorded from AWS). */
export function checkClientIds(clientIds: readonly string[]): readonly string[] {
  const different = [...new Set(clientIds)]
  if (different.length > clientIdsMax) {
    throw limitExceeded(`Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: ${clientIdsMax}`)
  }
  return different
}

/** Checks the thumbprints of a provider. Throws InvalidInputException (recorded from AWS). */
export function checkThumbprints(thumbprints: readonly string[]): readonly string[] {
  if (thumbprints.length > thumbprintsMax) {
    throw invalidInput(`Thumbprint list must contain fewer than ${thumbprintsMax} entries.`)
  }
  return thumbprints
}

/** Returns the ARN of a provider. */
export const arnOfProvider = ({ accountId, host }: Pick<OidcProvider, 'accountId' | 'host'>): string =>
  oidcProviderArn(accountId, host)
