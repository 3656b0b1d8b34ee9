import { isJsonObject, type Json } from '../../../std/index.ts'

// CloudTrail renders the XML of newer operations of EC2 as JSON: a member that repeats is an array only if it repeats, items of a
// request carry their number as `tag`, and nothing is an empty text (recorded from AWS: CreateVpcEndpoint in the Cloud
// Console Cartographer of Permiso, DeleteFlowLogs and CreateFlowLogs in several public collections).

/** The requestParameters of a request; `parameters` has the names of the wire. */
export function requestRecord(operation: string, parameters: Json): Json {
  return { [`${operation}Request`]: asXml(parameters, numberedItems) }
}

/** The responseElements of an answer. They leave out the request's id, which the record has, and the XML namespace. */
export function responseRecord(operation: string, members: Json): Json {
  return { [`${operation}Response`]: asXml(members, items => ({ item: onlyOrAll(items) })) }
}

function asXml(value: Json, renderList: (items: Json[]) => Json): Json {
  if (Array.isArray(value))
    return value.length === 0 ? '' : renderList(value.map(item => asXml(item, renderList)))
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).map(([name, member]) => [name, asXml(member, renderList)] as const)
  return members.length === 0 ? '' : Object.fromEntries(members)
}

function numberedItems(items: Json[]): Json {
  return onlyOrAll(
    items.map((item, index) => ({ tag: index + 1, ...(isJsonObject(item) ? item : { content: item }) })),
  )
}

const onlyOrAll = (items: Json[]): Json => (items.length === 1 ? (items[0] ?? '') : items)
