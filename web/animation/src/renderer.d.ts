// What the bundler puts in: the renderer's module, gzip in base64.
declare module "virtual:renderer" {
  const packed: string;
  export default packed;
}
