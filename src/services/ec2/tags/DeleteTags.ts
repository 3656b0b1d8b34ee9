import type { Tag, VpcEndpoint } from '../../../domain/index.ts'
import type { Conditions } from '../../../operation/index.ts'
import { boolean, required, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { invalidValue } from '../wire/parameters.ts'
import { dryRunInput, givenTagsType, isDryRun, textsType } from '../wire/shapes.ts'
import { existing, taggedEndpoints } from './tagged-endpoints.ts'
import { checkKey, type GivenTag } from './tags.ts'
import { tagsRecord } from './tags-record.ts'

/** Amazon EC2 API reference, "DeleteTags". */
const tagsMax = 1000

/**
 * Deletes tags of VPC endpoints. A tag is given by its key, or by its key and its value. Without any, all tags are deleted.
 */
export const DeleteTags = ec2Operation({
  name: 'DeleteTags',
  effect: 'write',
  input: structure({ ResourceId: textsType, Tag: givenTagsType, ...dryRunInput }),
  output: structure({ return: required(boolean()) }),
  isDryRun,
  touches: {
    tagged: ({ input: { ResourceId, Tag: given = [] }, ...question }) => {
      if (given.length > tagsMax) throw invalidValue(`A request can name at most ${tagsMax} tags.`)
      for (const { Key = '' } of given) checkKey(Key)
      return taggedEndpoints(question, ResourceId, endpoint => conditionsOf(given, endpoint))
    },
  },
  record: { shown: tagsRecord },
  disclose: () => ({ responseElements: { _return: true } }),
  async handle({ input: { Tag: given = [] }, tagged, store }) {
    for (const each of tagged) {
      const endpoint = existing(each)
      const tags = endpoint.tags.filter(tag => !isDeleted(tag, given))
      if (tags.length < endpoint.tags.length) await store.vpcEndpoints.update({ ...endpoint, tags })
    }
    return { return: true }
  },
})

function isDeleted({ tagKey, tagValue }: Tag, given: readonly GivenTag[]): boolean {
  if (given.length === 0) return true
  return given.some(({ Key, Value }) => Key === tagKey && (Value === undefined || Value === tagValue))
}

/** A request without tags names all that the endpoint has: a policy about keys must not be evaded by naming none. */
function conditionsOf(given: readonly GivenTag[], endpoint: VpcEndpoint | undefined): Conditions {
  const named = given.map(({ Key = '' }) => Key)
  const tagKeys = given.length > 0 ? named : (endpoint?.tags.map(({ tagKey }) => tagKey) ?? [])
  const values = given.flatMap(({ Key = '', Value }) => (Value === undefined ? [] : [[Key, Value] as const]))
  return { 'aws:RequestTag/': new Map(values), 'aws:TagKeys': tagKeys.length === 0 ? undefined : tagKeys }
}
