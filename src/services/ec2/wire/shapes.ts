import type { Tag } from '../../../domain/index.ts'
import { boolean, integer, list, string, structure } from '../../../std/index.ts'

// Members have the names of the wire, which differ from those of SDKs: lists are in the singular in requests, and end with `Set` in
// answers. A missing parameter has an error of EC2's own, so that all members of requests are optional here.

/** Ids or names of resources. */
export const textsType = list(string())

/** A list of structures that is always empty. */
export const emptyListType = list(structure({}))

/** The member with which a request asks for a rehearsal. */
export const dryRunInput = { DryRun: boolean() }
/** Whether a request asks for a rehearsal. */
export const isDryRun = (input: { readonly DryRun?: boolean | undefined }) => input.DryRun

/** The filters of a request that describes something. */
export const filterInput = { Filter: list(structure({ Name: string(), Value: textsType })) }
/** The members with which a request asks for a page. */
export const pageInput = { MaxResults: integer(), NextToken: string() }
/** The member that leads to the next page. */
export const pageOutput = { nextToken: string() }

/** The tags of a request. */
export const givenTagsType = list(structure({ Key: string(), Value: string() }))
/** The tags of the resources that a request creates. */
export const tagSpecificationInput = {
  TagSpecification: list(structure({ ResourceType: string(), Tag: givenTagsType })),
}

/** The tags in an answer. */
export const tagSetType = list(structure({ key: string(), value: string() }))
/** Renders tags in the form of `tagSetType`. */
export const renderTags = (tags: readonly Tag[]) =>
  tags.map(({ tagKey, tagValue }) => ({ key: tagKey, value: tagValue }))
