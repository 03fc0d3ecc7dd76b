# What `cpack` makes of the program: a .deb, and a .tar.gz to be unpacked anywhere. With the preset static it
# needs no library of the machine that it runs on.
set(CPACK_PACKAGE_NAME eagain)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGE_VENDOR "eagain maintainers")
set(CPACK_PACKAGE_CONTACT "eagain maintainers <maintainers@eagain.invalid>")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/eagain RENAME copyright
        COMPONENT program)
set(CPACK_GENERATOR DEB TGZ)
# The component program alone, which need not be split up: the archive then unpacks into a folder of its own.
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};eagain;program;/")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_FILE_NAME eagain-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS bubblewrap)
if(NOT EAGAIN_STATIC)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
include(CPack)
