/**
 * The limit of an LRU cache of the package lru-cache to a number of entries. Its tables grow with the entries; with the option
 * `max` the package makes tables of the full size at once, which costs each start milliseconds and megabytes.
 */
export const growingTo = (entriesMax: number) => ({ maxSize: entriesMax, sizeCalculation: () => 1 })
