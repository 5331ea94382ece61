// What an object inherits is not read as an option: a program, or an attack, may have added it to `Object.prototype`.
// But what it inherits from a class or from another object was meant to be read, and is refused.

/** The first of these names that the object inherits, from anything but the prototype of all objects. */
export function inheritedName(object: object, names: Iterable<string>): string | undefined {
  if (!inheritsOptions(object)) {
    return undefined;
  }
  for (const name of names) {
    if (isInherited(object, name)) {
      return name;
    }
  }
  return undefined;
}

/** The first name that the object inherits with a value other than a method; getters of a class are not found. */
export function inheritedValue(object: object): string | undefined {
  if (inheritsOptions(object)) {
    for (const name in object) {
      if (isInherited(object, name) && typeof Reflect.get(object, name) !== 'function') {
        return name;
      }
    }
  }
  return undefined;
}

/** Whether it may inherit from more than the prototype of all objects. */
function inheritsOptions(object: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(object);
  return prototype !== null && prototype !== Object.prototype;
}

function isInherited(object: object, name: string): boolean {
  if (!(name in object) || Object.hasOwn(object, name)) {
    return false;
  }
  let owner: object | null = Object.getPrototypeOf(object);
  while (owner !== null && !Object.hasOwn(owner, name)) {
    owner = Object.getPrototypeOf(owner);
  }
  return owner !== null && !isPrototypeOfAll(owner);
}

/** Whether it is the `Object.prototype` of any realm. */
function isPrototypeOfAll(object: object): boolean {
  return Object.getPrototypeOf(object) === null && Object.hasOwn(object, 'isPrototypeOf');
}
