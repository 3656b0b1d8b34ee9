import type { ListKeyDetailsInput } from '../wire/keyward.ts'

/** An order of the list of keys. */
export interface KeyOrder {
  readonly by: NonNullable<ListKeyDetailsInput['SortBy']>
  readonly isDescending: boolean
}

const orders: readonly KeyOrder['by'][] = ['Alias', 'KeyId', 'CreationDate', 'KeySpec']

/** The order of AWS's console. */
const usualOrder: KeyOrder = { by: 'Alias', isDescending: false }

/** The order that an address names: `KeyId`, or `-KeyId` for the reverse. */
export function readOrder({ sort = '' }: Readonly<Record<string, string>>): KeyOrder {
  const isDescending = sort.startsWith('-')
  const by = orders.find(name => name === (isDescending ? sort.slice(1) : sort))
  return by === undefined ? usualOrder : { by, isDescending }
}

/** Writes an order as a member of an address. */
export function writeOrder({ by, isDescending }: KeyOrder): Record<string, string> {
  if (by === usualOrder.by && isDescending === usualOrder.isDescending) return {}
  return { sort: `${isDescending ? '-' : ''}${by}` }
}
