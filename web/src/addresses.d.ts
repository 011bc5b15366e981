// Tells TypeScript what the bundler makes of an import that ends in `?url`: the file's address.
declare module "*?url" {
  const address: string;
  export default address;
}
