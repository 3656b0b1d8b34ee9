import { required, string, structure } from '../../../std/index.ts'
import { operation } from '../operation.ts'
import { alreadyExists } from '../wire/entities.ts'
import { checkQuota } from '../wire/quotas.ts'
import { renderOwnTags } from '../wire/render.ts'
import { onNew } from '../wire/resources.ts'
import { answeredTagsType, tagListType } from '../wire/shapes.ts'
import { addTags } from '../wire/tags.ts'
import {
  arnOfProvider,
  checkClientIds,
  checkThumbprints,
  clientIdsType,
  hostOf,
  thumbprintsType,
} from './oidc-providers.ts'

const output = structure({ OpenIDConnectProviderArn: string(), Tags: answeredTagsType })

/**
 * Creates an IAM entity that describes an OpenID Connect provider. Nothing is fetched from its URL, so a provider without
 * thumbprints gets none. Its tokens count only if the server's configuration lists the issuer.
 */
export const CreateOpenIDConnectProvider = operation({
  name: 'CreateOpenIDConnectProvider',
  effect: 'write',
  // Violations are reported in this order (recorded from AWS).
  input: structure({
    ClientIDList: clientIdsType,
    ThumbprintList: thumbprintsType,
    Url: required(string({ min: 1, max: 255 })),
    Tags: tagListType,
  }),
  output,
  touches: {
    provider: ({ input, scope: { accountId } }) => {
      const arn = arnOfProvider({ accountId, host: hostOf(input.Url) })
      return onNew({ arn }, 'iam:TagOpenIDConnectProvider', input)
    },
  },
  disclose: result => ({ responseElements: output.disclose(result) ?? null }),
  async handle({ input, scope: { accountId }, now, store }) {
    const host = hostOf(input.Url)
    const clientIds = checkClientIds(input.ClientIDList ?? [])
    const thumbprints = checkThumbprints(input.ThumbprintList ?? [])
    if ((await store.oidcProviders.find(accountId, host)) !== undefined) {
      throw alreadyExists(`Provider with url ${input.Url} already exists.`)
    }
    checkQuota('OpenIdConnectProvidersPerAccount', (await store.oidcProviders.list(accountId)).length + 1)
    const tags = addTags([], input.Tags, 'exact')
    await store.oidcProviders.insert({ accountId, host, createdAt: now, clientIds, thumbprints, tags })
    return { OpenIDConnectProviderArn: arnOfProvider({ accountId, host }), ...renderOwnTags(tags) }
  },
})
