/** The package has no types; what the test uses of it is a function. */
declare module 'express-session';
