/** The bundler takes a sheet out of the script that imports it. */
declare module '*.css';
