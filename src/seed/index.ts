export { applySeed, type SeedContext } from './apply/apply.ts'
export { readSeedFile, type Seed } from './file/seed-file.ts'
