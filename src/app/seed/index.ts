export { applySeed, type SeedContext } from './apply.ts'
export { readSeedFile, type Seed } from './seed-file.ts'
