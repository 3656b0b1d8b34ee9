import { requestTagConditions } from '../../../operation/index.ts'
import { boolean, required, structure } from '../../../std/index.ts'
import { ec2Operation } from '../operation.ts'
import { needed } from '../wire/parameters.ts'
import { dryRunInput, givenTagsType, isDryRun, textsType } from '../wire/shapes.ts'
import { existing, taggedEndpoints } from './tagged-endpoints.ts'
import { addTags, readTags } from './tags.ts'
import { tagsRecord } from './tags-record.ts'

/** Adds or overwrites the given tags of VPC endpoints: of all of them, or of none. */
export const CreateTags = ec2Operation({
  name: 'CreateTags',
  effect: 'write',
  input: structure({ ResourceId: textsType, Tag: givenTagsType, ...dryRunInput }),
  output: structure({ return: required(boolean()) }),
  isDryRun,
  touches: {
    tagged: async ({ input, ...question }) => {
      const tags = readTags(needed(input.Tag, 'Tag'))
      const { resources, found } = await taggedEndpoints(question, input.ResourceId, () =>
        requestTagConditions(tags),
      )
      return { resources, found: { endpoints: found, tags } }
    },
  },
  record: { shown: tagsRecord },
  disclose: () => ({ responseElements: { _return: true } }),
  async handle({ tagged: { endpoints, tags }, store }) {
    for (const each of endpoints) {
      const endpoint = existing(each)
      await store.vpcEndpoints.update({ ...endpoint, tags: addTags(endpoint.tags, tags) })
    }
    return { return: true }
  },
})
